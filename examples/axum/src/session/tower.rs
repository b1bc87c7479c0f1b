//! Sessions of `tower-sessions`.

use axum::http::request::Parts;
use tower_sessions::Session as TowerSession;

use super::{Session, SessionError};

impl Session for TowerSession {
    fn of(parts: &Parts) -> Option<Self> {
        parts.extensions.get().cloned()
    }

    async fn load(&self) -> Result<Option<String>, SessionError> {
        self.get(KEY).await.map_err(SessionError::new)
    }

    async fn save(&self, text: &str) -> Result<(), SessionError> {
        self.insert(KEY, text).await.map_err(SessionError::new)
    }

    async fn renew(&self) -> Result<(), SessionError> {
        self.cycle_id().await.map_err(SessionError::new)
    }

    async fn end(&self) -> Result<(), SessionError> {
        self.flush().await.map_err(SessionError::new)
    }
}

const KEY: &str = "second-factor";
