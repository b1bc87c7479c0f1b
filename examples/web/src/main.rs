//! A web application with a second factor: `cargo run -p web`, and open what it prints.
//!
//! Its files are in `second-factor-web` among the temporary ones, or where `WEB_DATA` says. It listens on
//! port 3000 of this machine, or on that of `WEB_PORT`. Messages come up on its phone page, but for those
//! whose gateways have their credentials in the environment: see `gateways`.

use std::{
    env, fs,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    sync::Arc,
};

use second_factor::{
    Policy,
    host::{Entropy as _, SystemClock, SystemEntropy},
};
use web::{Settings, Site, gateways::Gateways};

type Outcome<T> = Result<T, Box<dyn core::error::Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Outcome<()> {
    let data = env::var_os("WEB_DATA")
        .map_or_else(|| env::temp_dir().join("second-factor-web"), PathBuf::from);
    let port = env::var("WEB_PORT").map_or(Ok(3000), |port| port.parse())?;
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    // Security keys want a name, and browsers trust this one without TLS.
    let origin = format!("http://localhost:{}", listener.local_addr()?.port());
    fs::create_dir_all(&data)?;
    let policy = Policy::default();
    let site = Site::open(Settings {
        clock: Arc::new(SystemClock::new()),
        database: data.join("database.sqlite"),
        gateways: Gateways::from_env(&policy)?,
        origin: origin.clone(),
        policy,
        root: root(&data.join("root"))?,
    })?;
    println!("open {origin} (the files are in {})", data.display());
    web::serve(listener, site).await?;
    Ok(())
}

/// The root of all keys. A real application has it in its secret manager, away from the database.
fn root(path: &Path) -> Outcome<[u8; 32]> {
    if let Ok(bytes) = fs::read(path) {
        return Ok(bytes.try_into().map_err(|_| "the file of the root has not 32 bytes")?);
    }
    let mut root = [0; 32];
    SystemEntropy::new().fill(&mut root)?;
    write_for_the_owner(path, &root)?;
    Ok(root)
}

#[cfg(unix)]
fn write_for_the_owner(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::{io::Write as _, os::unix::fs::OpenOptionsExt as _};
    fs::OpenOptions::new().create_new(true).write(true).mode(0o600).open(path)?.write_all(bytes)
}

#[cfg(not(unix))]
fn write_for_the_owner(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    fs::write(path, bytes)
}
