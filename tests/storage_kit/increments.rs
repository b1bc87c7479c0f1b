//! What one worker of many says.

use second_factor::{
    block_on,
    testkit::storage::{Clause, Stores as _, increment},
};

use crate::{
    flawed::{Flawed, FlawedStores},
    flaws::Flaw,
};

/// Two stores over one place.
async fn two(flaw: Flaw) -> (Flawed, Flawed) {
    let stores = FlawedStores(flaw);
    let place = stores.fresh().await.unwrap();
    (stores.open(&place).await.unwrap(), stores.open(&place).await.unwrap())
}

/// The clause that the second store breaks, after both were used in turn.
fn broken(flaw: Flaw) -> Clause {
    block_on(async {
        let (one, two) = two(flaw).await;
        let first = increment(&two, 1).await;
        let _ = increment(&one, 1).await;
        let second = increment(&two, 1).await;
        first.and(second).unwrap_err().clause()
    })
}

#[test]
fn workers_add_up_in_turn() {
    block_on(async {
        let (one, two) = two(Flaw::None).await;
        for _ in 0..20 {
            increment(&one, 3).await.unwrap();
            increment(&two, 2).await.unwrap();
        }
    });
}

#[test]
fn a_swap_that_took_effect_and_was_answered_with_conflict_is_told() {
    assert_eq!(broken(Flaw::AnswersConflictWhereItCommitted), Clause::Doubt);
}

#[test]
fn a_record_that_is_old_for_ever_is_told() {
    assert_eq!(broken(Flaw::CachesWhatItSaw), Clause::Load);
    assert_eq!(broken(Flaw::LagsBehind), Clause::Load);
}

#[test]
fn a_sum_that_falls_is_told() {
    block_on(async {
        let (store, _) = two(Flaw::LagsBehind).await;
        let finding = increment(&store, 2).await.unwrap_err();
        assert_eq!(finding.expected(), "a sum of 1 or more");
    });
}

#[test]
fn bytes_that_are_cut_are_told() {
    assert_eq!(broken(Flaw::LosesTheLastByte), Clause::Bytes);
}
