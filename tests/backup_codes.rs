//! Backup codes: shown once, each used once, gone with the last other factor.

#![allow(clippy::unwrap_used, reason = "helpers may stop where they stand")]

mod support;

use second_factor::{
    FactorKind, Policy, Proof, Purpose, Verified, block_on, host::Event, verdict::Reason,
};
use support::{App, World, reason};

fn cheap() -> Policy {
    Policy::builder().danger_cheap_hashes().build().unwrap()
}

/// A subject with an app, and its backup codes as they were printed.
async fn with_codes() -> (World, App, Verified, Vec<String>) {
    let world = World::with(cheap());
    let (app, verified) = world.with_app().await;
    let codes = world.verifier.new_backup_codes(&verified).await.unwrap();
    let codes = codes.expose().iter().map(|code| code.expose().to_owned()).collect();
    (world, app, verified, codes)
}

async fn try_backup(world: &World, typed: &str) -> Result<Verified, second_factor::Error> {
    world.verifier.verify(&world.alice, Proof::backup_code(typed)).await
}

#[test]
fn each_backup_code_signs_in_once() {
    block_on(async {
        let (world, _, _, codes) = with_codes().await;
        assert_eq!(codes.len(), 10);
        for code in &codes {
            let verified = try_backup(&world, code).await.unwrap();
            assert_eq!(verified.factors(), [FactorKind::BackupCode]);
            assert_eq!(verified.purpose(), Purpose::SignIn);
        }
        for code in &codes {
            assert_eq!(reason(try_backup(&world, code).await), Reason::Replayed);
        }
    });
}

#[test]
fn a_wrong_backup_code_is_counted_and_a_used_one_is_not() {
    block_on(async {
        let (world, _, _, codes) = with_codes().await;
        let _ = try_backup(&world, &codes[0]).await.unwrap();
        for _ in 0..20 {
            assert_eq!(reason(try_backup(&world, &codes[0]).await), Reason::Replayed);
        }
        for _ in 0..5 {
            assert_eq!(reason(try_backup(&world, "0000-0000-0000-0000").await), Reason::Wrong);
        }
        assert_eq!(reason(try_backup(&world, &codes[1]).await), Reason::Locked);
        world.clock.advance(30);
        assert!(try_backup(&world, &codes[1]).await.is_ok());
        let events = world.log.take();
        assert!(events.contains(&Event::SuccessAfterFailures(FactorKind::BackupCode, 5)));
        assert!(events.contains(&Event::ReplayRefused(FactorKind::BackupCode)));
    });
}

#[test]
fn the_last_codes_are_told() {
    block_on(async {
        let (world, _, _, codes) = with_codes().await;
        for code in &codes[..7] {
            let _ = try_backup(&world, code).await.unwrap();
        }
        assert!(world.log.take().contains(&Event::BackupCodesLow(3)));
    });
}

#[test]
fn new_codes_replace_all_the_old_ones() {
    block_on(async {
        let (world, _, verified, old) = with_codes().await;
        let new = world.verifier.new_backup_codes(&verified).await.unwrap();
        assert_eq!(reason(try_backup(&world, &old[0]).await), Reason::Wrong);
        let new: Vec<_> = new.expose();
        assert!(try_backup(&world, new[0].expose()).await.is_ok());
    });
}
