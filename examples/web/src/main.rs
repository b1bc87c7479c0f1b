//! Command-line entry point of the web example.
//!
//! Start it with `cargo run -p web` and open the address that it prints. The server listens on
//! localhost, on `WEB_PORT` or port 3000. Data is stored in `WEB_DATA`, or in `second-factor-web`
//! in the temporary directory. Messages appear on the demo phone page, unless the environment
//! contains the credentials of a gateway for their channel: see `gateways`.

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
use web::{AppState, Config, gateways::Gateways, state::BoxError};

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let data = env::var_os("WEB_DATA")
        .map_or_else(|| env::temp_dir().join("second-factor-web"), PathBuf::from);
    let port = env::var("WEB_PORT").map_or(Ok(3000), |port| port.parse())?;
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    // WebAuthn requires a domain name, and browsers trust localhost without TLS.
    let origin = format!("http://localhost:{}", listener.local_addr()?.port());
    fs::create_dir_all(&data)?;
    let policy = Policy::default();
    let state = AppState::open(Config {
        clock: Arc::new(SystemClock::new()),
        database: data.join("database.sqlite"),
        gateways: Gateways::from_env(&policy)?,
        origin: origin.clone(),
        policy,
        root: root_key(&data.join("root"))?,
    })?;
    println!("open {origin} (data in {})", data.display());
    web::serve(listener, state).await?;
    Ok(())
}

/// Reads the root key, or creates it on the first start.
///
/// A real application reads it from its secret manager and stores it apart from the database.
fn root_key(path: &Path) -> Result<[u8; 32], BoxError> {
    if let Ok(bytes) = fs::read(path) {
        return Ok(bytes.try_into().map_err(|_| "the root key file does not have 32 bytes")?);
    }
    let mut root = [0; 32];
    SystemEntropy::new().fill(&mut root)?;
    write_private(path, &root)?;
    Ok(root)
}

#[cfg(unix)]
fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::{io::Write as _, os::unix::fs::OpenOptionsExt as _};
    fs::OpenOptions::new().create_new(true).write(true).mode(0o600).open(path)?.write_all(bytes)
}

#[cfg(not(unix))]
fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    fs::write(path, bytes)
}
