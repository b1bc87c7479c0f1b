//! A bounded session store in memory.
//!
//! It removes expired sessions, and a session that has ended stays ended.
//!
//! This file is meant to be copied.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use tower_sessions::{
    SessionStore,
    cookie::time::OffsetDateTime,
    session::{Id, Record},
    session_store::Result,
};

/// The sessions of this process. A restart signs all users out.
#[derive(Clone, Debug, Default)]
pub struct Sessions(Arc<Mutex<HashMap<Id, Record>>>);

impl Sessions {
    /// Returns the number of sessions.
    #[must_use]
    pub fn count(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Id, Record>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        let mut sessions = self.lock();
        if sessions.len() >= MAX {
            let now = OffsetDateTime::now_utc();
            sessions.retain(|_, known| known.expiry_date > now);
        }
        if sessions.len() >= MAX {
            let oldest = sessions.values().min_by_key(|known| known.expiry_date).map(|old| old.id);
            oldest.and_then(|id| sessions.remove(&id));
        }
        while sessions.contains_key(&record.id) {
            record.id = Id::default();
        }
        sessions.insert(record.id, record.clone());
        Ok(())
    }

    // guide: ended session
    /// Stores a session that exists. One that has ended meanwhile stays ended.
    async fn save(&self, record: &Record) -> Result<()> {
        self.lock().entry(record.id).and_modify(|known| known.clone_from(record));
        Ok(())
    }
    // end of guide

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let now = OffsetDateTime::now_utc();
        Ok(self.lock().get(id).filter(|record| record.expiry_date > now).cloned())
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.lock().remove(id);
        Ok(())
    }
}

/// About 40 MiB.
pub const MAX: usize = 10_000;
