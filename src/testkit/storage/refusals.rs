//! Clause 3: a refusal changes nothing.

use alloc::vec;

use super::{Outcome, Stores, bench::Bench, plan::Checked};
use crate::{
    UnixTime,
    storage::{Record, Version},
};

pub(super) async fn of_a_record<S: Stores>(bench: Bench<S>) -> Checked {
    let (store, id, first) = (bench.open().await?, bench.id(), bench.any());
    let (stands, neighbour) = (bench.any(), bench.id());
    store.commit(&neighbour, None, &bench.any()).await?;
    store.commit(&id, None, &first).await?;
    store.commit(&id, Some(first.version()), &stands).await?;
    let wrong = [None, Some(Version::NEVER), Some(first.version()), Some(bench.any().version())];
    for expected in wrong {
        // Shorter, longer, and to be forgotten long ago: none of it may leave a trace.
        for bytes in [vec![], vec![7; 5_000]] {
            let version = bench.any().version();
            let over = Some(UnixTime::from_secs(1));
            store.refuse(&id, expected, &Record::new(version, bytes, over)).await?;
            store.holds(&id, "after a refusal").await?;
        }
        // The record that stands, offered again: nothing to write, and still refused.
        store.refuse(&id, expected, &stands).await?;
    }
    store.holds(&neighbour, "after refusals under another id").await?;
    store.commit(&id, Some(stands.version()), &bench.any()).await?;
    Ok(Outcome::Passed)
}

pub(super) async fn of_none<S: Stores>(bench: Bench<S>) -> Checked {
    let (store, id) = (bench.open().await?, bench.id());
    for version in [Version::NEVER, Version::new(1), bench.any().version()] {
        store.refuse(&id, Some(version), &bench.any()).await?;
        store.holds(&id, "after a refusal").await?;
    }
    store.commit(&id, None, &bench.any()).await?;
    Ok(Outcome::Passed)
}
