//! What the whole application shares: the verifier, the accounts, the clock, the name of the site.

use std::{path::PathBuf, sync::Arc};

use second_factor::{
    Keys, Policy, SubjectId, UnixTime, Verifier,
    host::{Clock, Job, NoTime, Offload},
    id::InvalidSubjectId,
};
use second_factor_storage::sqlite::Sqlite;
use webauthn_rs::{Webauthn, WebauthnBuilder, prelude::Url};

use crate::{
    accounts::{Accounts, Events},
    gateways::Gateways,
    phone::Phone,
};

/// What an application is told when it starts.
pub struct Settings {
    pub clock: Arc<dyn Clock>,
    pub database: PathBuf,
    /// Who carries messages; whatever they do not carry comes to the phone page.
    pub gateways: Gateways,
    /// As browsers see it: `https://example.com`.
    pub origin: String,
    pub policy: Policy,
    /// 32 random bytes that never change, kept away from the database.
    pub root: [u8; 32],
}

/// The application.
pub struct Site {
    pub accounts: Accounts,
    pub origin: Origin,
    pub phone: Phone,
    pub verifier: Verifier,
    pub webauthn: Webauthn,
    clock: Arc<dyn Clock>,
}

/// Where the application is found.
pub struct Origin {
    text: String,
    host: String,
}

pub type Outcome<T> = Result<T, Box<dyn core::error::Error + Send + Sync>>;

impl Site {
    pub fn open(settings: Settings) -> Outcome<Self> {
        let Settings { clock, database, gateways, origin, policy, root } = settings;
        let url = Url::parse(&origin)?;
        let host = url.domain().ok_or("an origin has a domain name")?;
        let accounts = Accounts::open(&database)?;
        let phone = Phone::new(Arc::clone(&clock), gateways);
        // guide: verifier
        let verifier = Verifier::builder(Sqlite::open(&database)?, phone.clone(), Keys::new(root))
            .issuer("Notes")
            .policy(policy)
            .clock(Arc::clone(&clock))
            .listener(Events::new(accounts.clone(), Arc::clone(&clock)))
            .offload(BlockingThreads);
        // On this machine there is no name that a text message could be bound to.
        let verifier = if host == "localhost" { verifier } else { verifier.origin(host) };
        let verifier = verifier.build()?;
        // end of guide
        let webauthn = WebauthnBuilder::new(host, &url)?.rp_name("Notes").build()?;
        let origin = Origin { text: origin, host: host.to_owned() };
        Ok(Self { accounts, origin, phone, verifier, webauthn, clock })
    }

    /// The one clock of the application, which is that of its verifier.
    pub fn now(&self) -> Result<UnixTime, NoTime> {
        self.clock.now()
    }
}

impl Origin {
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The name without scheme and port.
    pub fn host(&self) -> &str {
        &self.host
    }

    pub fn is_secure(&self) -> bool {
        self.text.starts_with("https://")
    }
}

/// Slow hashes go where blocking is welcome.
struct BlockingThreads;

impl Offload for BlockingThreads {
    async fn run(&self, work: Job) {
        // A panic there is told to nobody here: the verifier sees that its work was lost.
        let _ = tokio::task::spawn_blocking(work).await;
    }
}

/// The name of an account within the verifier. It never changes and is never used again.
pub fn subject(account: i64) -> Result<SubjectId, InvalidSubjectId> {
    SubjectId::new(format!("account-{account}"))
}
