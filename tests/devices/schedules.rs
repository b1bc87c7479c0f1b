//! Schedules of the owner and a thief of one device token.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use core::cell::Cell;

use crate::support::{
    App, ROOT, World,
    devices::{HOUR, client, with_device},
};
use second_factor::{
    FirstFactor, Keys, NewDevice, Next, Policy, Proof, SignIn, SubjectId, block_on,
    host::{Event, Occurrence},
    sans_io::{Checked, Moment, Opened, Recognition, Settled, Subject, Transition},
    storage::{Record, Storage as _, Swap},
};

/// One subject over the core, and how often something happened.
struct Schedules {
    world: World,
    keys: Keys,
    policy: Policy,
    app: App,
    seed: Cell<u64>,
    ends: Cell<u32>,
    shared: Cell<u32>,
    thefts: Cell<u32>,
}

/// What a schedule has led to.
#[derive(Clone)]
struct Case {
    record: Record,
    owner: String,
    thief: String,
    /// A successor of the copied token was handed out.
    is_rotated: bool,
    /// The owner came after that.
    is_found: bool,
}

/// What a visit ends with: recognized, with the successor if one was handed out.
type Visit = Option<Option<String>>;

impl Schedules {
    fn open(&self, record: &Record, token: &str) -> Subject<'_> {
        let mut seed = [7; 32];
        seed[..8].copy_from_slice(&self.seed.replace(self.seed.get() + 1).to_be_bytes());
        let moment = Moment::new(self.world.clock.time(), seed);
        let alice: &SubjectId = &self.world.alice;
        let opened = Subject::open(&self.keys, &self.policy, alice, Some(record), moment);
        let Opened::Ready(subject) = opened.unwrap() else { panic!("no clock fault") };
        subject.for_client(&client(token)).after(&FirstFactor::Password)
    }

    fn settled<T>(&self, record: &mut Record, decided: Transition<T>) -> T {
        let is_real = decided.expected() == Some(record.version());
        let written = decided.record().clone();
        let swap = if is_real { Swap::Commit } else { Swap::Conflict };
        let Settled::Done { outcome, occurrences, .. } = decided.settle(swap) else {
            panic!("it is settled")
        };
        if is_real {
            *record = written;
        }
        let is_theft = |one: &Occurrence| *one.event() == Event::DeviceStolen;
        self.thefts.set(self.thefts.get() + u32::from(occurrences.iter().any(is_theft)));
        outcome.unwrap()
    }

    fn visit(&self, record: &mut Record, token: &str) -> Visit {
        let next = match self.open(record, token).recognize().unwrap() {
            Recognition::Unchanged(next) => next,
            Recognition::Changed(decided) => self.settled(record, decided),
        };
        match next {
            Next::Done(SignIn::Recognized(device)) => {
                Some(device.successor().map(|next| next.expose().to_owned()))
            }
            Next::Prove(_) => None,
            other => panic!("{other:?}"),
        }
    }

    /// The owner proves a factor, and trusts the device again.
    fn prove(&self, record: &mut Record) -> String {
        let proof = Proof::totp(self.app.code(&self.world.clock));
        let proof = proof.trusting(NewDevice::new("Firefox"));
        let subject = self.open(record, "none");
        let decided = subject.verify(second_factor::purpose::Operation::SignIn, &proof).unwrap();
        let Checked::Proven(proven) = self.settled(record, decided) else {
            panic!("a code needs no slow check")
        };
        proven.verified().unwrap().device_token().unwrap().expose().to_owned()
    }

    fn owner_comes(&self, case: &mut Case) {
        case.is_found |= case.is_rotated;
        match self.visit(&mut case.record, &case.owner) {
            Some(Some(next)) => {
                (case.owner, case.is_rotated, case.is_found) = (next, true, true);
            }
            Some(None) => {}
            None => {
                case.owner = self.prove(&mut case.record);
                case.is_found = true;
            }
        }
    }

    fn thief_comes(&self, case: &mut Case) {
        let Some(successor) = self.visit(&mut case.record, &case.thief) else { return };
        assert!(!case.is_found, "the thief is in after a rotation and a visit of the owner");
        self.shared.set(self.shared.get() + 1);
        if let Some(next) = successor {
            (case.thief, case.is_rotated) = (next, true);
        }
    }

    /// Runs every continuation of a schedule.
    fn run(&self, slot: u64, case: &Case) {
        if slot == SLOTS {
            self.ends.set(self.ends.get() + 1);
            return;
        }
        let visits: [fn(&Self, &mut Case); 3] = [|_, _| {}, Self::owner_comes, Self::thief_comes];
        for come in visits {
            let mut case = case.clone();
            self.world.clock.set(START + slot * 4 * HOUR);
            come(self, &mut case);
            self.run(slot + 1, &case);
        }
    }
}

const SLOTS: u64 = 8;
const START: u64 = crate::support::NOON + 2 * HOUR;

#[test]
fn finding_s05_no_schedule_leaves_a_thief_in() {
    let (world, app, token) = block_on(with_device());
    let keys = Keys::new(ROOT);
    let id = keys.subject_record(&world.alice);
    let record = block_on(world.store.load(&id)).unwrap().unwrap();
    let case =
        Case { record, owner: token.clone(), thief: token, is_rotated: false, is_found: false };
    let [ends, shared, thefts] = [const { Cell::new(0) }; 3];
    let (policy, seed) = (Policy::default(), Cell::new(0));
    let all = Schedules { world, keys, policy, app, seed, ends, shared, thefts };
    all.run(0, &case);
    assert_eq!(all.ends.get(), 6_561);
    assert!(all.shared.get() > 0 && all.thefts.get() > 0, "the copy is used, and found");
}
