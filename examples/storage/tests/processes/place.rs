//! A store that several processes open by its name.

use std::{env, fs, path::PathBuf};

use second_factor::{FirstFactor, Keys, Verifier, testkit::MessageLog, verifier::VerifierBuilder};
use tokio_postgres::NoTls;

use crate::{
    postgres::Postgres,
    redis::Redis,
    servers::{address, unused_name},
    sqlite::Sqlite,
};

pub enum Place {
    /// An address with a schema.
    Postgres(String),
    /// A key prefix.
    Redis(String),
    /// A file in its own folder, which is removed after the test.
    Sqlite(PathBuf),
}

impl Place {
    pub fn sqlite() -> Self {
        let folder = env::temp_dir().join(unused_name());
        fs::create_dir(&folder).unwrap();
        Self::Sqlite(folder.join("records"))
    }

    pub async fn postgres() -> Self {
        let (address, schema) = (address("SECOND_FACTOR_POSTGRES"), unused_name());
        let (client, connection) = tokio_postgres::connect(&address, NoTls).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute(&format!("CREATE SCHEMA {schema}")).await.unwrap();
        Self::Postgres(format!("{address} options='-c search_path={schema}'"))
    }

    pub fn redis() -> Self {
        Self::Redis(format!("{}:", unused_name()))
    }

    /// Returns the name to pass to another process.
    pub fn name(&self) -> String {
        match self {
            Self::Postgres(address) => format!("postgres {address}"),
            Self::Redis(prefix) => format!("redis {prefix}"),
            Self::Sqlite(path) => format!("sqlite {}", path.display()),
        }
    }

    /// Parses a name. The process that created the store removes it.
    pub fn named(name: &str) -> Self {
        match name.split_once(' ').unwrap() {
            ("postgres", address) => Self::Postgres(address.into()),
            ("redis", prefix) => Self::Redis(prefix.into()),
            (_, path) => Self::Sqlite(path.into()),
        }
    }

    /// Returns the builder for a verifier over this store, which sends to `phone`.
    pub async fn builder(&self, phone: MessageLog) -> VerifierBuilder {
        let keys = Keys::new(*b"a root for tests, of thirty-two.");
        match self {
            Self::Postgres(address) => {
                let store = Postgres::open(address).await.unwrap();
                Verifier::builder("Example", store, phone, keys).first_factor(FirstFactor::Password)
            }
            Self::Redis(prefix) => {
                let store = Redis::open(&address("SECOND_FACTOR_REDIS"), prefix).await.unwrap();
                Verifier::builder("Example", store, phone, keys).first_factor(FirstFactor::Password)
            }
            Self::Sqlite(path) => {
                Verifier::builder("Example", Sqlite::open(path).unwrap(), phone, keys)
                    .first_factor(FirstFactor::Password)
            }
        }
    }

    pub fn remove(&self) {
        if let Self::Sqlite(path) = self {
            let _ = fs::remove_dir_all(path.parent().unwrap());
        }
    }
}
