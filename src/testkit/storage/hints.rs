//! Clause 2, for records that say when they may be forgotten: not before.

use alloc::vec::Vec;
use core::time::Duration;
use std::time::{SystemTime, UNIX_EPOCH};

use super::{Outcome, Stores, bench::Bench, plan::Checked, task::pause};
use crate::{
    UnixTime,
    storage::{Record, Version},
};

pub(super) async fn stays<S: Stores>(bench: Bench<S>) -> Checked {
    let store = bench.open().await?;
    let now = UNIX_EPOCH.elapsed().unwrap_or_default().as_secs();
    let soon = now + 1;
    let late = [None, Some(now + 3_600), Some(YEAR_9999)];
    let mut kept = Vec::new();
    for hint in late {
        let (made, replaced) = (bench.id(), bench.id());
        store.commit(&made, None, &until(&bench, hint)).await?;
        // The last hint counts: a record that was soon to be forgotten may live on.
        let first = until(&bench, Some(soon));
        store.commit(&replaced, None, &first).await?;
        let expected = store.load(&replaced).await?.as_ref().map(Record::version);
        store.commit(&replaced, expected, &until(&bench, hint)).await?;
        // So does that of a swap that commits, and no other.
        store.refuse(&made, Some(Version::NEVER), &until(&bench, Some(soon))).await?;
        kept.extend([made, replaced]);
    }
    // What is over may be forgotten at once or never; in either case the store goes on with it.
    let (over, first) = (bench.id(), until(&bench, Some(1)));
    store.commit(&over, None, &first).await?;
    let expected = store.load(&over).await?.as_ref().map(Record::version);
    store.commit(&over, expected, &until(&bench, None)).await?;
    kept.push(over);
    // A second more than it is over: a store may be that much late, and be wrong all the same.
    let over_by = UNIX_EPOCH + Duration::from_secs(soon + 2);
    pause(over_by.duration_since(SystemTime::now()).unwrap_or_default()).await;
    for id in kept {
        store.holds(&id, "before the time after which it may be forgotten").await?;
    }
    Ok(Outcome::Passed)
}

fn until<S: Stores>(bench: &Bench<S>, secs: Option<u64>) -> Record {
    let record = bench.any();
    let hint = secs.map(UnixTime::from_secs);
    Record::new(record.version(), record.bytes().to_vec(), hint)
}

const YEAR_9999: u64 = 253_402_300_799;
