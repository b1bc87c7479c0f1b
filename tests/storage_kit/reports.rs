//! What a person reads.

use second_factor::{
    block_on,
    testkit::{check_storage, storage::Rejected},
};

use crate::{flawed::FlawedStores, flaws::Flaw};

fn rejected(flaw: Flaw) -> Rejected {
    block_on(check_storage(FlawedStores(flaw))).unwrap_err()
}

#[test]
fn a_report_says_which_clause_what_was_expected_and_what_the_store_did() {
    let rejected = rejected(Flaw::TruncatesAt4KiB);
    let report = rejected.to_string();
    let lines = [
        "the contract of a store: 22 kept, 3 broken, 1 skipped",
        "4. Bytes are bytes.",
        "  kept     every byte comes back",
        "  BROKEN   64 KiB come back",
        "           the store: gave 4096 bytes of 4097",
        "  skipped  increments of many processes add up: `Stores::worker` cannot",
    ];
    for line in lines {
        assert!(report.lines().any(|its| its == line), "no line {line:?}\n{report}");
    }
    let expected = "           expected:  version ";
    assert!(report.lines().any(|line| line.starts_with(expected)), "{report}");
    assert_eq!(format!("{rejected:?}"), report, "`unwrap` says it as well");
}

#[test]
fn a_store_that_does_not_see_its_own_commits_is_told_that_first() {
    let report = rejected(Flaw::CachesWhatItSaw).to_string();
    assert!(report.contains("0 kept, 1 broken, 25 skipped"), "{report}");
    assert!(report.contains("not before `load` sees its own commits"), "{report}");
}
