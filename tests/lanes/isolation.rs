//! Independence of the lanes.

use proptest::{collection::vec, prelude::*};
use second_factor::{Error, Policy, Reason, UnixTime, block_on};

use super::{become_known, browser, device, guess, guess_at_recovery};
use crate::support::{App, World};

const LANES: usize = 4;

/// Two known devices, a caller with the password, and a stranger.
struct Four {
    world: World,
    app: App,
    tokens: [String; 2],
}

impl Four {
    async fn new(policy: Policy) -> Self {
        let world = World::with(policy);
        let (app, _) = world.with_app().await;
        let tokens = [
            become_known(&world, &app, "the first").await,
            become_known(&world, &app, "the second").await,
        ];
        Self { world, app, tokens }
    }

    /// An incorrect attempt in a lane, and its answer.
    async fn attempt(&self, lane: usize) -> (Reason, Option<UnixTime>) {
        let Self { world, app, tokens } = self;
        let refused: Error = match tokens.get(lane) {
            Some(token) => guess(world, &device(world, token), app).await,
            None if lane == 2 => guess(world, &browser(world, "an attacker"), app).await,
            None => {
                let stranger = browser(world, "a stranger");
                guess_at_recovery(world, &stranger, app).await.unwrap_err()
            }
        };
        (refused.denial().unwrap().reason(), refused.retry_at())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// An incorrect attempt in one lane never changes an answer in another.
    #[test]
    fn incorrect_attempt_changes_no_answer_of_another_lane(
        history in vec((0..LANES, 0_u64..4_000), 1..60),
    ) {
        block_on(async {
            let all = Four::new(Policy::default()).await;
            let alone = [
                Four::new(Policy::default()).await,
                Four::new(Policy::default()).await,
                Four::new(Policy::default()).await,
                Four::new(Policy::default()).await,
            ];
            // A device is forgotten after five failures, and its token then names no lane.
            let mut failures = [0; LANES];
            for (lane, secs) in history {
                if lane < 2 && failures[lane] == 5 {
                    continue;
                }
                failures[lane] += 1;
                all.world.clock.advance(secs);
                alone.iter().for_each(|four| four.world.clock.advance(secs));
                prop_assert_eq!(all.attempt(lane).await, alone[lane].attempt(lane).await);
            }
            Ok(())
        })?;
    }
}
