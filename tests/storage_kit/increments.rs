//! Tests of the increments of one worker.

use second_factor::{
    block_on,
    testkit::storage::{Clause, Stores as _, increment},
};

use crate::{
    flawed::{Flawed, FlawedStores},
    flaws::Flaw,
};

/// Opens two stores over one place.
async fn two(flaw: Flaw) -> (Flawed, Flawed) {
    let stores = FlawedStores(flaw);
    let place = stores.fresh().await.unwrap();
    (stores.open(&place).await.unwrap(), stores.open(&place).await.unwrap())
}

/// Returns the clause that the second store violates after both were used in turn.
fn violated(flaw: Flaw) -> Clause {
    block_on(async {
        let (one, two) = two(flaw).await;
        let first = increment(&two, 1).await;
        let _ = increment(&one, 1).await;
        let second = increment(&two, 1).await;
        first.and(second).unwrap_err().clause()
    })
}

#[test]
fn sequential_workers_add_up() {
    block_on(async {
        let (one, two) = two(Flaw::None).await;
        for _ in 0..20 {
            increment(&one, 3).await.unwrap();
            increment(&two, 2).await.unwrap();
        }
    });
}

#[test]
fn conflict_of_a_committed_swap_is_detected() {
    assert_eq!(violated(Flaw::ReturnsConflictAfterCommit), Clause::Doubt);
}

#[test]
fn stale_load_is_detected() {
    assert_eq!(violated(Flaw::CachesWhatItSaw), Clause::Load);
    assert_eq!(violated(Flaw::LagsBehind), Clause::Load);
}

#[test]
fn decreasing_sum_is_detected() {
    block_on(async {
        let (store, _) = two(Flaw::LagsBehind).await;
        let violation = increment(&store, 2).await.unwrap_err();
        assert_eq!(violation.expected(), "a sum of 1 or more");
    });
}

#[test]
fn truncated_bytes_are_detected() {
    assert_eq!(violated(Flaw::LosesTheLastByte), Clause::Bytes);
}
