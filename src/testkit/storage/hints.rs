//! Checks of clause 2: early deletion of records.

use alloc::vec::Vec;
use core::time::Duration;
use std::time::{SystemTime, UNIX_EPOCH};

use super::{CheckOutcome, Stores, bench::Bench, report::CheckResult, task::pause};
use crate::{
    storage::{Record, Version},
    time::UnixTime,
};

pub(super) async fn stays<S: Stores>(bench: Bench<S>) -> CheckResult {
    let store = bench.open().await?;
    let now = UNIX_EPOCH.elapsed().unwrap_or_default().as_secs();
    let soon = now + 1;
    let late = [None, Some(now + 3_600), Some(YEAR_9999)];
    let mut ids = Vec::new();
    for hint in late {
        let (made, replaced) = (bench.id(), bench.id());
        store.commit(&made, None, &until(&bench, hint)).await?;
        // The last hint counts: a swap may extend the time of a record that was about to expire.
        let first = until(&bench, Some(soon));
        store.commit(&replaced, None, &first).await?;
        let expected = store.load(&replaced).await?.as_ref().map(Record::version);
        store.commit(&replaced, expected, &until(&bench, hint)).await?;
        // Only the hint of a swap that commits counts.
        store.refuse(&made, Some(Version::NEVER), &until(&bench, Some(soon))).await?;
        ids.extend([made, replaced]);
    }
    // A store may delete an expired record at any time or never. It must continue to work in either
    // case.
    let (over, first) = (bench.id(), until(&bench, Some(1)));
    store.commit(&over, None, &first).await?;
    let expected = store.load(&over).await?.as_ref().map(Record::version);
    store.commit(&over, expected, &until(&bench, None)).await?;
    ids.push(over);
    // One second past the expiry: a store that deletes up to a second late must be caught too.
    let over_by = UNIX_EPOCH + Duration::from_secs(soon + 2);
    pause(over_by.duration_since(SystemTime::now()).unwrap_or_default()).await;
    for id in ids {
        store.holds(&id, "before its `forget_after`").await?;
    }
    Ok(CheckOutcome::Passed)
}

fn until<S: Stores>(bench: &Bench<S>, secs: Option<u64>) -> Record {
    let record = bench.any();
    let hint = secs.map(UnixTime::from_secs);
    Record::new(record.version(), record.bytes().to_vec()).with_forget_after(hint)
}

const YEAR_9999: u64 = 253_402_300_799;
