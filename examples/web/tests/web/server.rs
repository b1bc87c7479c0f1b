//! The application on a port of its own, with a clock that is moved.

use std::{net::Ipv4Addr, sync::Arc};

use second_factor::{Policy, testkit::ManualClock};
use tempfile::TempDir;
use tokio::net::TcpListener;
use web::{App, Settings, Site, gateways::Gateways};

pub struct Server {
    pub app: App,
    pub clock: ManualClock,
    pub origin: String,
    _files: TempDir,
}

impl Server {
    /// Begins at this time, and ends with the runtime.
    pub async fn start(secs: u64) -> Self {
        let files = TempDir::new().unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let origin = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let clock = ManualClock::at(secs);
        let site = Site::open(Settings {
            clock: Arc::new(clock.clone()),
            database: files.path().join("database.sqlite"),
            gateways: Gateways::default(),
            origin: origin.clone(),
            // Attacks take thousands of tries.
            policy: Policy::builder().danger_cheap_hashes().build().unwrap(),
            root: *b"a root of thirty-two bytes, kept",
        });
        let app = Arc::new(site.unwrap());
        let router = web::router(Arc::clone(&app));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { app, clock, origin, _files: files }
    }
}
