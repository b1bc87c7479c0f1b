//! Test server with a manual clock.

use std::{net::Ipv4Addr, sync::Arc};

use second_factor::{Policy, testkit::ManualClock};
use tempfile::TempDir;
use tokio::net::TcpListener;
use web::{App, Config, gateways::Gateways};

pub struct Server {
    pub app: App,
    pub clock: ManualClock,
    pub origin: String,
    files: TempDir,
}

impl Server {
    /// Returns the path of the database.
    pub fn database(&self) -> std::path::PathBuf {
        self.files.path().join("database.sqlite")
    }

    /// Starts the application at this time. It stops with the runtime.
    pub async fn start(secs: u64) -> Self {
        let files = TempDir::new().unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let origin = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let clock = ManualClock::at(secs);
        let state = App::open(Config {
            clock: Arc::new(clock.clone()),
            database: files.path().join("database.sqlite"),
            gateways: Gateways::default(),
            origin: origin.clone(),
            // The probe makes thousands of attempts.
            policy: Policy::builder().danger_cheap_hashes().build().unwrap(),
            root: *b"a root of thirty-two bytes, kept",
        });
        let app = state.unwrap();
        tokio::spawn(web::serve(listener, app.clone(), false));
        Self { app, clock, origin, files }
    }
}
