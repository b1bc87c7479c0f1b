//! A rolling deployment of a later release, and its rollback.

use second_factor_rehearsal::{Act, Answer, Process, User, World, new, old};

const NOON: u64 = 1_800_000_000;

/// The next number of a fixed sequence.
fn draw(state: &mut u64, below: usize) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) as usize % below
}

/// The later release, before the application permits its format.
fn upgraded(world: &World) -> new::Running {
    // Its policy may already name the new kind.
    let allow = |policy| {
        let builder = second_factor_next::policy::PolicyBuilder::from(policy);
        builder.allow(second_factor_next::FactorKind::Rehearsal).build().unwrap()
    };
    new::started(world, allow, |builder| builder)
}

/// The later release, once no older process runs.
fn permitted(world: &World) -> new::Running {
    let allow = |policy| {
        let builder = second_factor_next::policy::PolicyBuilder::from(policy);
        builder.allow(second_factor_next::FactorKind::Rehearsal).build().unwrap()
    };
    new::started(world, allow, |builder| builder.records_up_to(2))
}

fn today(world: &World) -> old::Running {
    old::started(world, |policy| policy, |builder| builder)
}

/// One step of a schedule: who acts, what, at which process, after how long.
#[derive(Clone, Copy)]
struct Step {
    user: usize,
    act: Act,
    process: usize,
    wait: u64,
}

fn schedule(seed: u64, steps: usize, users: usize) -> Vec<Step> {
    let mut state = seed;
    let waits = [0, 1, 30, 61, 600, 13 * 3600, 26 * 3600];
    (0..steps)
        .map(|_| Step {
            user: draw(&mut state, users),
            act: Act::ALL[draw(&mut state, Act::ALL.len())],
            process: draw(&mut state, 4),
            wait: waits[draw(&mut state, waits.len())],
        })
        .collect()
}

fn users() -> Vec<User> {
    ["alice", "bob", "carol"].into_iter().map(User::named).collect()
}

/// Plays a schedule, and returns every answer.
fn play(
    world: &World,
    users: &mut [User],
    processes: &[&dyn Process],
    steps: &[Step],
) -> Vec<Answer> {
    let played = steps.iter().map(|step| {
        world.wait(step.wait);
        processes[step.process % processes.len()].act(&mut users[step.user], step.act)
    });
    played.collect()
}

/// Users with everything that this release has.
fn settled(world: &World) -> Vec<User> {
    let (process, mut users) = (today(world), users());
    for user in &mut users {
        // After the days in which a first factor can be undone.
        for (act, wait) in [
            (Act::BeginApp, 0),
            (Act::ConfirmApp, 0),
            (Act::App, 4 * 24 * 3600),
            (Act::NewCodes, 0),
            (Act::BeginPhone, 0),
            (Act::ConfirmPhone, 0),
            (Act::BackupCode, 30),
        ] {
            world.wait(wait);
            let answer = process.act(user, act);
            let is_done = matches!(answer, Answer::Done(_) | Answer::SignedIn("verified"));
            assert!(is_done, "{act:?}: {answer:?}");
        }
        assert_eq!(process.act(user, Act::Next), Answer::SignedIn("a known device"));
    }
    world.wait(30);
    users
}

/// Both releases write the same bytes, so neither drops or refuses what the other wrote.
#[test]
fn rolling_deployment_writes_the_bytes_of_the_old_release() {
    let (mut opened, mut refused) = (0, 0);
    for seed in 0..120 {
        let steps = schedule(seed, 80, 3);
        let (alone, mixed) = (World::at(NOON, seed), World::at(NOON, seed));
        let (one, another) = (today(&alone), today(&alone));
        let expected = play(&alone, &mut users(), &[&one, &another, &one, &another], &steps);
        let processes: [&dyn Process; 4] =
            [&today(&mixed), &upgraded(&mixed), &today(&mixed), &upgraded(&mixed)];
        let answers = play(&mixed, &mut users(), &processes, &steps);
        for (at, (answer, expected)) in answers.iter().zip(&expected).enumerate() {
            assert_eq!(answer, expected, "seed {seed}, step {at}: {:?}", steps[at].act);
        }
        assert!(alone.records() == mixed.records(), "seed {seed}");
        opened += answers.iter().filter(|answer| matches!(answer, Answer::SignedIn(_))).count();
        refused += answers.iter().filter(|answer| matches!(answer, Answer::Refused(_))).count();
    }
    assert!(opened > 500 && refused > 300, "{opened} {refused}");
}

#[test]
fn feature_is_refused_until_its_format_is_permitted() {
    let world = World::at(NOON, 1);
    let mut users = settled(&world);
    assert_eq!(today(&world).act(&mut users[0], Act::App), Answer::SignedIn("verified"));
    let before = world.records();
    let answer = upgraded(&world).enroll_key(&mut users[0]);
    assert!(format!("{answer:?}").contains("NotAllowed"), "{answer:?}");
    assert_eq!(world.records(), before);
    world.wait(30);
    assert_eq!(today(&world).act(&mut users[0], Act::App), Answer::SignedIn("verified"));
}

/// Deploys, permits, uses the feature, and rolls back.
#[test]
fn rollback_locks_out_only_users_of_the_feature() {
    for seed in 0..12 {
        let world = World::at(NOON, seed);
        let mut users = settled(&world);
        let new = permitted(&world);
        assert_eq!(new.act(&mut users[0], Act::App), Answer::SignedIn("verified"));
        let answer = new.enroll_key(&mut users[0]);
        assert_eq!(answer, Answer::Done("a key is enrolled".to_owned()));
        assert_eq!(new.sign_in_by_key(&mut users[0]), Answer::SignedIn("verified"));
        let steps = schedule(seed, 30, 3);
        let _ = play(&world, &mut users, &[&new], &steps);
        let with_key = new.status(&users[0]);
        assert!(format!("{with_key:?}").contains("Rehearsal"), "{with_key:?}");

        let old = today(&world);
        let before = world.records();
        for act in Act::ALL {
            let answer = old.act(&mut users[0].clone(), act);
            let is_closed = match &answer {
                Answer::Unreadable(why) => why == "a record was written by a later release",
                // A grant or a handle of the earlier form is refused before anything is read.
                Answer::Idle => true,
                _ => false,
            };
            assert!(is_closed, "{act:?}: {answer:?}");
        }
        assert!(world.records() == before, "an older release must not write the record");
        assert_eq!(new.status(&users[0]), with_key);
        for user in &mut users[1..] {
            assert_eq!(old.status(user), new.status(user), "nothing is dropped");
            world.wait(48 * 3600);
            assert_eq!(old.act(user, Act::App), Answer::SignedIn("verified"));
            assert_eq!(old.act(user, Act::Next), Answer::SignedIn("a known device"));
        }

        // Forward again: the feature is there, as it was.
        let again = permitted(&world);
        assert_eq!(again.sign_in_by_key(&mut users[0]), Answer::SignedIn("verified"));
        // Without the feature, the record is one of the old release.
        let answer = again.revoke_key(&mut users[0]);
        assert_eq!(answer, Answer::Done("the key is removed".to_owned()));
        world.wait(48 * 3600);
        assert_eq!(today(&world).status(&users[0]), again.status(&users[0]));
    }
}
