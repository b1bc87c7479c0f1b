//! Application state and configuration.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::extract::FromRef;
use second_factor::{FirstFactor, Keys, Policy, Verifier, host::Clock, message::Sender};
use second_factor_axum::TwoFactor;
use second_factor_storage::sqlite::Sqlite;
use webauthn_rs::prelude::Url;

use crate::{
    accounts::Accounts, demo_phone::Phone, gateways::Gateways, page::layout, passwords::Passwords,
    sessions::Sessions, webauthn,
};

/// Configuration read at startup.
pub struct Config {
    pub clock: Arc<dyn Clock>,
    pub database: PathBuf,
    /// Message gateways. The demo phone page shows messages for all other channels.
    pub gateways: Gateways,
    /// The public origin, such as `https://example.com`.
    pub origin: String,
    pub policy: Policy,
    /// 32 random bytes that never change, stored apart from the database.
    pub root: [u8; 32],
}

/// State shared by all handlers.
#[derive(Clone, FromRef)]
pub struct App {
    pub accounts: Accounts,
    pub passwords: Arc<Passwords>,
    pub phone: Phone,
    pub sessions: Sessions,
    pub two_factor: TwoFactor,
}

pub type BoxError = Box<dyn core::error::Error + Send + Sync>;

impl App {
    /// Opens the database and builds the verifier.
    pub fn open(config: Config) -> Result<Self, BoxError> {
        let Config { clock, database, gateways, origin, policy, root } = config;
        let url = Url::parse(&origin)?;
        let host = url.domain().ok_or("the origin has no domain name")?;
        if !database.exists() {
            write_private(&database, &[])?;
        }
        let accounts = Accounts::open(&database)?;
        let phone = Phone::new(Arc::clone(&clock), gateways)?;
        // guide: verifier
        let sender = Sender::new("Notes")?;
        // On localhost there is no domain that a text message could be bound to.
        let sender = if host == "localhost" { sender } else { sender.with_origin(host)? };
        let (storage, keys) = (Sqlite::open(&database)?, Keys::new(root));
        let verifier = Verifier::builder(sender, storage, phone.clone(), keys)
            .first_factor(FirstFactor::Password)
            .policy(policy)
            .clock(clock)
            .listener(accounts.clone());
        // end of guide
        // guide: two factor
        let two_factor = TwoFactor::new(verifier)?
            .origin(&origin)
            .webauthn(webauthn::Keys::new("Notes", &url)?)
            .layout(|page| {
                layout(page.language(), page.title(), page.label(), page.body()).into_string()
            });
        // end of guide
        let (passwords, sessions) = (Arc::default(), Sessions::default());
        Ok(Self { accounts, passwords, phone, sessions, two_factor })
    }
}

/// Creates a file that other users of this computer cannot read.
pub fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut options = fs::OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(bytes)
}
