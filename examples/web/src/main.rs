//! Command-line entry point of the web example.
//!
//! Start it with `cargo run -p web` and open the address that it prints. The server listens on
//! localhost, on `WEB_PORT` or port 3000. Data is stored in `WEB_DATA`, or in `second-factor-web`
//! in your state directory. Messages appear on the demo phone page, unless the environment contains
//! the credentials of a gateway for their channel: see `gateways`.

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
use web::{
    App, Config,
    gateways::Gateways,
    state::{BoxError, write_private},
};

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let data = env::var_os("WEB_DATA").map(PathBuf::from).or_else(state_directory);
    let data = data.ok_or("set WEB_DATA to a directory of your own")?;
    let port = env::var("WEB_PORT").map_or(Ok(3000), |port| port.parse())?;
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    // WebAuthn requires a domain name, and browsers trust localhost without TLS.
    let origin = format!("http://localhost:{}", listener.local_addr()?.port());
    create_private(&data)?;
    let policy = Policy::default();
    let app = App::open(Config {
        clock: Arc::new(SystemClock::new()),
        database: data.join("database.sqlite"),
        gateways: Gateways::from_env(&policy)?,
        origin: origin.clone(),
        policy,
        root: root_key(&data.join("root"))?,
    })?;
    println!("open {origin} (data in {})", data.display());
    println!("the demo phone is at {origin}{}", app.phone.address());
    Ok(web::serve(listener, app, false).await?)
}

/// Returns a directory that belongs to the user, not the shared temporary directory.
fn state_directory() -> Option<PathBuf> {
    let home = || Some(PathBuf::from(env::var_os("HOME")?).join(".local/state"));
    let state = env::var_os("XDG_STATE_HOME").map(PathBuf::from).or_else(home)?;
    Some(state.join("second-factor-web"))
}

fn create_private(directory: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
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
