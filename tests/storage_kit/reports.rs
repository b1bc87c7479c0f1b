//! The text of reports.

use second_factor::{
    block_on,
    testkit::{check_storage, storage::Rejected},
};

use crate::{flawed::FlawedStores, flaws::Flaw};

fn rejected(flaw: Flaw) -> Rejected {
    block_on(check_storage(FlawedStores(flaw))).unwrap_err()
}

#[test]
fn report_shows_clause_expectation_and_result() {
    let rejected = rejected(Flaw::TruncatesAt4KiB);
    let report = rejected.to_string();
    let lines = [
        "storage contract: 23 passed, 3 failed, 1 skipped",
        "4. Bytes must come back unchanged.",
        "  passed   every byte value comes back unchanged",
        "  FAILED   records of 64 KiB come back unchanged",
        "           the store: returned 4096 bytes of 4097",
        concat!(
            "  skipped  concurrent increments of many processes add up: ",
            "`Stores::worker` is not supported",
        ),
    ];
    for line in lines {
        assert!(report.lines().any(|its| its == line), "no line {line:?}\n{report}");
    }
    let expected = "           expected:  version ";
    assert!(report.lines().any(|line| line.starts_with(expected)), "{report}");
    assert_eq!(format!("{rejected:?}"), report, "`unwrap` prints the report");
}

#[test]
fn store_blind_to_its_commits_skips_other_checks() {
    let report = rejected(Flaw::CachesWhatItSaw).to_string();
    assert!(report.contains("0 passed, 1 failed, 26 skipped"), "{report}");
    assert!(report.contains("`load` does not see commits of the same store"), "{report}");
}
