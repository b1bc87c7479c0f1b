//! The probe, at an endpoint over this crate, which holds, and at endpoints with one flaw each, which
//! it finds.

#![allow(
    clippy::indexing_slicing,
    clippy::std_instead_of_alloc,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "a test stops where it stands"
)]

mod demo;
mod toy;

use second_factor::{
    block_on,
    testkit::probe::{Attack, Outcome, probe},
};

use crate::{
    demo::Demo,
    toy::{Flaw, Toy},
};

#[test]
fn an_endpoint_over_this_crate_holds_against_every_attack() {
    let report = block_on(probe(&Demo::new())).check().unwrap();
    let held = |outcome: &Outcome| matches!(outcome, Outcome::Held(_));
    assert!(report.findings().iter().all(|finding| held(finding.outcome())), "{report}");
}

#[test]
fn an_endpoint_without_a_flaw_holds_though_it_has_nothing_of_this_crate() {
    let report = block_on(probe(&Toy::new(None))).check().unwrap();
    let held = |outcome: &Outcome| matches!(outcome, Outcome::Held(_));
    assert!(report.findings().iter().all(|finding| held(finding.outcome())), "{report}");
}

#[test]
fn each_flaw_is_found_by_the_attacks_that_it_lets_through_and_by_no_others() {
    for (flaw, by) in FLAWS {
        let report = block_on(probe(&Toy::new(Some(flaw))));
        assert_eq!(report.fell().collect::<Vec<_>>(), by, "{flaw:?}: {report}");
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
fn each_attack_stands_for_a_row_of_the_manual() {
    let manual = include_str!("../../src/manual/threats.md");
    for attack in Attack::ALL {
        let row = format!("\n| {} | ", attack.failure());
        assert!(manual.contains(&row), "{attack}: no row {}", attack.failure());
    }
}

#[test]
fn what_an_endpoint_does_not_have_is_skipped_and_said() {
    let report = block_on(probe(&Toy::with_apps_alone())).check().unwrap();
    let skipped = |outcome: &Outcome| matches!(outcome, Outcome::Skipped(_));
    let skipped = report.findings().iter().filter(|finding| skipped(finding.outcome()));
    assert_eq!(skipped.count(), 14, "{report}");
    assert!(report.to_string().starts_with("36 attacks: 22 held, 0 FELL, 0 broke, 14 skipped\n"));
}

#[test]
fn an_endpoint_that_refuses_everybody_has_not_held() {
    let report = block_on(probe(&Toy::new(Some(Flaw::RefusesEverybody)))).check().unwrap_err();
    let broke = |outcome: &Outcome| matches!(outcome, Outcome::Broke(_));
    // What types nothing right cannot tell; all the rest can.
    let broken = report.report().findings().iter().filter(|finding| broke(finding.outcome()));
    assert!(broken.count() > 12, "{report}");
}

#[test]
fn an_endpoint_that_breaks_is_told_apart_from_one_that_falls() {
    let report = block_on(probe(&Toy::new(Some(Flaw::ChokesOnLongTexts)))).check().unwrap_err();
    let long = report.report().findings().iter().find(|f| f.attack() == Attack::LongCode).unwrap();
    assert_eq!(*long.outcome(), Outcome::Broke("the server fell over".into()));
    assert_eq!(report.report().fell().count(), 0);
}

#[test]
fn the_report_tells_what_was_tried_what_was_expected_and_what_happened() {
    let report = block_on(probe(&Toy::new(Some(Flaw::BurnsTheClock))));
    let told = report.to_string();
    assert!(told.starts_with("36 attacks: 35 held, 1 FELL, 0 broke, 0 skipped\n"), "{told}");
    assert!(told.contains(concat!(
        "\nFELL     next-step (FAILURES 2)\n",
        "         tried:    a used code in the step after it; a code used early, in its own step\n",
        "         expected: refused\n",
        "         happened: signed the session in\n",
    )), "{told}");
    let flawed = report.check().unwrap_err();
    assert_eq!(flawed.to_string(), told);
    assert_eq!(format!("{flawed:?}"), told, "a test that unwraps it prints what a person reads");
}

/// Each flaw, and the attacks that succeed by it: these and no others.
const FLAWS: [(Flaw, &[Attack]); 38] = [
    (Flaw::AnybodysBackupCode, &[Attack::OtherSubjectsBackupCode]),
    (Flaw::AnybodysCode, &[Attack::OtherSubject]),
    (Flaw::AnybodysSentCode, &[Attack::OtherSession, Attack::OtherSubjectsSentCode]),
    (Flaw::BackupRace, &[Attack::BackupAtOnce]),
    (Flaw::BackupStays, &[Attack::BackupTwice, Attack::BackupAtOnce]),
    (Flaw::BurnsTheClock, &[Attack::NextStep]),
    (Flaw::CodeInReply, &[Attack::CodeInReply]),
    (Flaw::EmptyIsACode, &[Attack::EmptyCode]),
    (Flaw::EnrollmentCodeStays, &[Attack::EnrollmentCode]),
    (Flaw::FoldsDigits, &[Attack::UnicodeDigits]),
    (Flaw::HalfEnrolls, &[Attack::HalfSignedIn]),
    (
        Flaw::LockLetsTheRightOneIn,
        &[Attack::FreshSessions, Attack::RightCodeUnderLock, Attack::GuessSentCode],
    ),
    (Flaw::LocksForGood, &[Attack::LockedForGood]),
    (Flaw::NeedsNoCode, &[Attack::NoCode]),
    (Flaw::NeverBurns, &[Attack::SameStep, Attack::NextStep, Attack::AtOnce, Attack::OneRefusal]),
    (Flaw::NeverLocks, &[Attack::FreshSessions, Attack::RightCodeUnderLock, Attack::GuessSentCode]),
    (Flaw::NumberCodeSignsIn, &[Attack::OtherSession, Attack::NumberCode]),
    (Flaw::OldBackupCodesStay, &[Attack::OldBackupCode]),
    (Flaw::OldSentCodesStay, &[Attack::OldSentCode]),
    (Flaw::OldSessionsEnroll, &[Attack::OldSession]),
    (Flaw::PartIsEnough, &[Attack::LeadingZeros, Attack::PartOfCode]),
    (Flaw::PendingCounts, &[Attack::PendingApp]),
    (Flaw::Race, &[Attack::AtOnce]),
    (Flaw::ReadsNumbers, &[Attack::LeadingZeros]),
    (Flaw::SendsAtOnce, &[Attack::SentAtOnce]),
    (Flaw::SendsForEver, &[Attack::SendBudget]),
    (Flaw::SentCodesAreForEverySession, &[Attack::OtherSession]),
    (Flaw::SentCodesNeverEnd, &[Attack::LateCode]),
    (Flaw::SentCodesNeverLock, &[Attack::GuessSentCode]),
    (Flaw::SentCodesStay, &[Attack::SentTwice, Attack::OtherSession]),
    (Flaw::SessionCounts, &[Attack::FreshSessions]),
    (Flaw::SignOutDoesNothing, &[Attack::SignedOut]),
    (Flaw::SignOutForgetsTheCodeAlone, &[Attack::SignedOut]),
    (Flaw::TellsWhy, &[Attack::OneRefusal]),
    (Flaw::TestCode, &[Attack::WrongCode, Attack::RightCodeUnderLock, Attack::OneRefusal]),
    (Flaw::Trims, &[Attack::Spaces]),
    (Flaw::Truncates, &[Attack::LongCode]),
    (Flaw::WideWindow, &[Attack::OutsideWindow]),
];
