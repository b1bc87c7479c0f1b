//! Application state and configuration.

use std::{path::PathBuf, sync::Arc};

use second_factor::{
    FirstFactor, Keys, Policy, SubjectId, UnixTime, Verifier,
    error::Invalid,
    host::{Clock, Job, NoTime, Offload},
    message::Sender,
};
use second_factor_storage::sqlite::Sqlite;
use webauthn_rs::{Webauthn, WebauthnBuilder, prelude::Url};

use crate::{
    accounts::{Accounts, EventLog},
    gateways::Gateways,
    phone::Phone,
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
pub struct AppState {
    pub accounts: Accounts,
    pub origin: Origin,
    pub phone: Phone,
    pub verifier: Verifier,
    pub webauthn: Webauthn,
    clock: Arc<dyn Clock>,
}

/// Origin at which browsers reach the application.
pub struct Origin {
    text: String,
    host: String,
}

pub type BoxError = Box<dyn core::error::Error + Send + Sync>;

impl AppState {
    /// Opens the database and builds the verifier.
    pub fn open(config: Config) -> Result<Self, BoxError> {
        let Config { clock, database, gateways, origin, policy, root } = config;
        let url = Url::parse(&origin)?;
        let host = url.domain().ok_or("the origin has no domain name")?;
        let accounts = Accounts::open(&database)?;
        let phone = Phone::new(Arc::clone(&clock), gateways);
        // guide: verifier
        let sender = Sender::new("Notes")?;
        // On localhost there is no domain that a text message could be bound to.
        let sender = if host == "localhost" { sender } else { sender.with_origin(host)? };
        let (storage, keys) = (Sqlite::open(&database)?, Keys::new(root));
        let verifier = Verifier::builder(sender, storage, phone.clone(), keys)
            .first_factor(FirstFactor::Password)
            .policy(policy)
            .clock(Arc::clone(&clock))
            .listener(EventLog::new(accounts.clone()))
            .offload(BlockingThreads)
            .build()?;
        // end of guide
        let webauthn = WebauthnBuilder::new(host, &url)?.rp_name("Notes").build()?;
        let origin = Origin { text: origin, host: host.to_owned() };
        Ok(Self { accounts, origin, phone, verifier, webauthn, clock })
    }

    /// Returns the time of the clock that the verifier also uses.
    pub fn now(&self) -> Result<UnixTime, NoTime> {
        self.clock.now()
    }
}

impl Origin {
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the domain name, without scheme and port.
    pub fn host(&self) -> &str {
        &self.host
    }

    pub fn is_secure(&self) -> bool {
        self.text.starts_with("https://")
    }
}

/// Runs slow hashes on the blocking thread pool.
struct BlockingThreads;

impl Offload for BlockingThreads {
    async fn run(&self, job: Job) {
        // The verifier detects a job that panicked, so the error is not needed here.
        let _ = tokio::task::spawn_blocking(job).await;
    }
}

/// Returns the subject of an account. It never changes and is never reused.
pub fn subject(account: i64) -> Result<SubjectId, Invalid> {
    SubjectId::new(format!("account-{account}"))
}
