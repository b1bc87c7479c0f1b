//! Tests of the probe.

#![allow(
    clippy::indexing_slicing,
    clippy::std_instead_of_alloc,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "a failing test should panic"
)]

mod demo;
mod toy;

use second_factor::{
    block_on,
    testkit::probe::{Attack, ProbeOutcome, probe},
};

use crate::{
    demo::Demo,
    toy::{Flaw, Toy},
};

#[test]
fn endpoint_over_this_crate_resists_every_attack() {
    let report = block_on(probe(&Demo::new())).check().unwrap();
    let resisted = |outcome: &ProbeOutcome| matches!(outcome, ProbeOutcome::Resisted(_));
    assert!(report.findings().iter().all(|finding| resisted(finding.outcome())), "{report}");
}

#[test]
fn independent_endpoint_resists_every_attack() {
    let report = block_on(probe(&Toy::new(None))).check().unwrap();
    let resisted = |outcome: &ProbeOutcome| matches!(outcome, ProbeOutcome::Resisted(_));
    assert!(report.findings().iter().all(|finding| resisted(finding.outcome())), "{report}");
}

#[test]
fn each_flaw_is_found_by_exactly_its_attacks() {
    for (flaw, by) in FLAWS {
        let report = block_on(probe(&Toy::new(Some(flaw))));
        assert_eq!(report.successful_attacks().collect::<Vec<_>>(), by, "{flaw:?}: {report}");
        assert!(report.check().is_err(), "{flaw:?}");
    }
}

#[test]
fn each_attack_finds_a_flaw() {
    let found = |attack: &&Attack| FLAWS.iter().any(|(_, by)| by.contains(attack));
    let idle: Vec<_> = Attack::ALL.iter().filter(|attack| !found(attack)).collect();
    assert_eq!(idle, Vec::<&Attack>::new());
}

#[test]
fn each_attack_cites_a_row_of_the_threats_page() {
    let manual = include_str!("../../src/manual/threats.md");
    for attack in Attack::ALL {
        let row = format!("\n| {} | ", attack.failure());
        assert!(manual.contains(&row), "{attack}: no row {}", attack.failure());
    }
}

#[test]
fn attacks_on_missing_features_are_skipped() {
    let report = block_on(probe(&Toy::with_apps_alone())).check().unwrap();
    let skipped = |outcome: &ProbeOutcome| matches!(outcome, ProbeOutcome::Skipped(_));
    let skipped = report.findings().iter().filter(|finding| skipped(finding.outcome()));
    assert_eq!(skipped.count(), 14, "{report}");
    assert!(
        report
            .to_string()
            .starts_with("36 attacks: 22 resisted, 0 VULNERABLE, 0 inconclusive, 14 skipped\n")
    );
}

#[test]
fn endpoint_that_refuses_every_user_fails_the_probe() {
    let report = block_on(probe(&Toy::new(Some(Flaw::RefusesEveryUser)))).check().unwrap_err();
    let inconclusive = |outcome: &ProbeOutcome| matches!(outcome, ProbeOutcome::Inconclusive(_));
    // Attacks without a correct code cannot detect it; all others can.
    let findings = report.report().findings().iter();
    let count = findings.filter(|finding| inconclusive(finding.outcome())).count();
    assert!(count > 12, "{report}");
}

#[test]
fn failing_endpoint_is_inconclusive_not_vulnerable() {
    let report = block_on(probe(&Toy::new(Some(Flaw::FailsOnLongTexts)))).check().unwrap_err();
    let long = report.report().findings().iter().find(|f| f.attack() == Attack::LongCode).unwrap();
    assert_eq!(*long.outcome(), ProbeOutcome::Inconclusive("the server crashed".into()));
    assert_eq!(report.report().successful_attacks().count(), 0);
}

#[test]
fn report_shows_attempt_expectation_and_result() {
    let report = block_on(probe(&Toy::new(Some(Flaw::SpendsTheStepOfTheClock))));
    let text = report.to_string();
    let totals = "36 attacks: 35 resisted, 1 VULNERABLE, 0 inconclusive, 0 skipped\n";
    assert!(text.starts_with(totals), "{text}");
    let row = "\
\nVULNERABLE   next-step (FAILURES 2)
             tried:    a used code, one time step later; a code used early, in its own time step
             expected: refused
             happened: signed the session in
";
    assert!(text.contains(row), "{text}");
    let flawed = report.check().unwrap_err();
    assert_eq!(flawed.to_string(), text);
    assert_eq!(format!("{flawed:?}"), text, "`unwrap` prints the readable report");
}

/// Each flaw, and exactly the attacks that succeed by it.
const FLAWS: [(Flaw, &[Attack]); 38] = [
    (Flaw::AcceptsBackupCodesOfAnyUser, &[Attack::OtherSubjectsBackupCode]),
    (Flaw::AcceptsTotpOfAnyUser, &[Attack::OtherSubject]),
    (Flaw::AcceptsSentCodesOfAnyUser, &[Attack::OtherSession, Attack::OtherSubjectsSentCode]),
    (Flaw::BackupCodeRace, &[Attack::BackupAtOnce]),
    (Flaw::BackupCodesStayValid, &[Attack::BackupTwice, Attack::BackupAtOnce]),
    (Flaw::SpendsTheStepOfTheClock, &[Attack::NextStep]),
    (Flaw::CodeInReply, &[Attack::CodeInReply]),
    (Flaw::AcceptsEmptyCode, &[Attack::EmptyCode]),
    (Flaw::EnrollmentCodeStaysValid, &[Attack::EnrollmentCode]),
    (Flaw::FoldsDigits, &[Attack::UnicodeDigits]),
    (Flaw::PasswordAloneEnrolls, &[Attack::HalfSignedIn]),
    (
        Flaw::LockAcceptsTheCorrectCode,
        &[Attack::FreshSessions, Attack::CorrectCodeUnderLock, Attack::GuessSentCode],
    ),
    (Flaw::LocksForGood, &[Attack::LockedForGood]),
    (Flaw::NeedsNoCode, &[Attack::NoCode]),
    (
        Flaw::NeverSpendsCodes,
        &[Attack::SameStep, Attack::NextStep, Attack::AtOnce, Attack::OneRefusal],
    ),
    (
        Flaw::NeverLocks,
        &[Attack::FreshSessions, Attack::CorrectCodeUnderLock, Attack::GuessSentCode],
    ),
    (Flaw::NumberCodeSignsIn, &[Attack::OtherSession, Attack::NumberCode]),
    (Flaw::OldBackupCodesStayValid, &[Attack::OldBackupCode]),
    (Flaw::OldSentCodesStayValid, &[Attack::OldSentCode]),
    (Flaw::OldSessionsEnroll, &[Attack::OldSession]),
    (Flaw::AcceptsPartOfTheCode, &[Attack::LeadingZeros, Attack::PartOfCode]),
    (Flaw::PendingAppSignsIn, &[Attack::PendingApp]),
    (Flaw::TotpRace, &[Attack::AtOnce]),
    (Flaw::ComparesNumbers, &[Attack::LeadingZeros]),
    (Flaw::SendsWithoutBackoff, &[Attack::SentAtOnce]),
    (Flaw::SendsWithoutBudget, &[Attack::SendBudget]),
    (Flaw::SentCodesWorkInEverySession, &[Attack::OtherSession]),
    (Flaw::SentCodesNeverExpire, &[Attack::LateCode]),
    (Flaw::SentCodesNeverLock, &[Attack::GuessSentCode]),
    (Flaw::SentCodesStayValid, &[Attack::SentTwice, Attack::OtherSession]),
    (Flaw::CountsBySession, &[Attack::FreshSessions]),
    (Flaw::SignOutDoesNothing, &[Attack::SignedOut]),
    (Flaw::SignOutKeepsThePassword, &[Attack::SignedOut]),
    (Flaw::RevealsTheReason, &[Attack::OneRefusal]),
    (Flaw::TestCode, &[Attack::IncorrectCode, Attack::CorrectCodeUnderLock, Attack::OneRefusal]),
    (Flaw::Trims, &[Attack::Spaces]),
    (Flaw::Truncates, &[Attack::LongCode]),
    (Flaw::WideWindow, &[Attack::OutsideWindow]),
];
