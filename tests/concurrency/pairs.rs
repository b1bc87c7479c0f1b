//! Pairs of operations, in every order of their store calls.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "helpers of tests may panic")]

use core::cell::RefCell;

use crate::support::{
    ROOT, World,
    answer::Answer,
    devices::{NotRecognized, client, recognize_by, trust},
    fresh_for, item_of,
};
use crate::walk::{Stepping, Task, every_order};
use alloc::rc::Rc;
use second_factor::{
    CodeRequest, Error, FactorKind, FirstFactor, Grant, Handle, ItemId, Keys, MemoryStorage, Next,
    Policy, Proof, Storage as _, SubjectId, UnixTime, Verifier, block_on,
    policy::Notices,
    proof::{RequestAnswer, RequestedFrom},
    purpose::Operation,
    sans_io::RootSentinel,
    storage::Swap,
    testkit::{ManualClock, MessageLog, SeededEntropy},
};

/// One operation, with its inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Act {
    App,
    Approve,
    Backup,
    ChangePassword,
    Code,
    KnownApp,
    KnownIncorrectApp,
    NewCodes,
    Recognize,
    Register,
    Reset,
    RevokeApp,
    SignOut,
    TurnOff,
    Unrequested,
}

const ALL: [Act; 15] = [
    Act::App,
    Act::Approve,
    Act::Backup,
    Act::ChangePassword,
    Act::Code,
    Act::KnownApp,
    Act::KnownIncorrectApp,
    Act::NewCodes,
    Act::Recognize,
    Act::Register,
    Act::Reset,
    Act::RevokeApp,
    Act::SignOut,
    Act::TurnOff,
    Act::Unrequested,
];

/// A user with every factor, and the inputs of the operations.
struct Ready {
    world: World,
    now: UnixTime,
    app: String,
    incorrect: String,
    code: (Handle, String),
    backup: String,
    token: String,
    registration: (Handle, String),
    grant: Grant,
    /// The id of the app on the settings page.
    item: ItemId,
    /// The number of the request, typed on the device with this token.
    request: (String, String),
}

async fn ready() -> Ready {
    let policy = Policy::builder()
        .danger_cheap_hashes()
        .notices(Notices::LeftToApplication)
        .build()
        .unwrap();
    let world = World::with(policy);
    let verifier = &world.verifier;
    let (app, verified) = world.with_app().await;
    let _ = world.with_phone(&verified).await;
    let codes = verifier.new_backup_codes(&verified).await.unwrap().expose();
    let token = trust(&world, &app, "one").await;
    let answering = trust(&world, &app, "two").await;
    // From now on, a recognition rotates the token.
    world.clock.advance(12 * 60 * 60);
    let request = CodeRequest::register(&world.number);
    let sent = verifier.send_code(&world.alice, request).await.unwrap();
    let registration = (*sent.handle(), world.read_code());
    let granted = fresh_for(&world, &app, Operation::Manage).await;
    let (sent, code) = world.send_to(&world.number).await;
    let Answer::Granted(grant) = granted else { panic!("a proof for managing gives a grant") };
    let from = RequestedFrom::new("a", "b");
    let request = verifier.request_sign_in(&world.alice, Operation::SignIn, &from).await.unwrap();
    world.clock.advance(30);
    Ready {
        now: world.clock.time(),
        app: app.code(&world.clock),
        incorrect: app.incorrect(&world.clock),
        code: (*sent.handle(), code),
        backup: codes[0].expose().to_owned(),
        token,
        registration,
        grant,
        item: item_of(&world, FactorKind::Totp).await,
        request: (request.number().expose().to_owned(), answering),
        world,
    }
}

impl Ready {
    /// A store with the current records, for one order.
    fn store(&self) -> MemoryStorage {
        let (store, keys) = (self.world.copy(), Keys::new(ROOT));
        if let Ok(Some(root)) = block_on(self.world.store.load(&RootSentinel::record_id())) {
            let swap = block_on(store.compare_and_swap(&RootSentinel::record_id(), None, &root));
            assert_eq!(swap, Ok(Swap::Commit));
        }
        drop(keys);
        store
    }

    fn verifier(&self, store: &MemoryStorage, seed: u64) -> Verifier {
        let policy = self.world.verifier.policy().unwrap().clone();
        Verifier::builder("Example", Stepping(store.clone()), MessageLog::new(), Keys::new(ROOT))
            .first_factor(FirstFactor::Password)
            .policy(policy)
            .clock(ManualClock::at(self.now.as_secs()))
            .entropy(SeededEntropy::new(seed))
            .build()
            .unwrap()
    }

    fn task(&self, operation: Act, store: &MemoryStorage, seed: u64) -> Task<Result<(), Failure>> {
        let (verifier, alice) = (self.verifier(store, seed), self.world.alice.clone());
        let (app, backup) = (self.app.clone(), self.backup.clone());
        let incorrect = self.incorrect.clone();
        let ((sent, code), (open, registering)) = (self.code.clone(), self.registration.clone());
        let (token, request) = (self.token.clone(), self.request.clone());
        let (grant, item) = (self.grant.clone(), self.item);
        Box::pin(async move {
            let done: Result<(), Error> = match operation {
                Act::App => verifier.verify(&alice, Proof::totp(&app)).await.map(drop),
                Act::Approve => approve(&verifier, &alice, &request).await,
                Act::Backup => verifier.verify(&alice, Proof::backup_code(&backup)).await.map(drop),
                Act::ChangePassword => verifier.password_changed(&alice).await.map(drop),
                Act::Code => verifier.verify(&alice, Proof::sent_code(sent, &code)).await.map(drop),
                Act::KnownApp | Act::KnownIncorrectApp => {
                    let typed = if operation == Act::KnownApp { &app } else { &incorrect };
                    let known = verifier.for_client(client(&token));
                    known.verify(&alice, Proof::totp(typed)).await.map(drop)
                }
                Act::NewCodes => verifier.new_backup_codes(&grant).await.map(drop),
                Act::Recognize => {
                    let recognized = recognize_by(&verifier, &alice, &token).await;
                    return recognized.map(drop).map_err(Failure::NotRecognized);
                }
                Act::Register => {
                    let proof = Proof::sent_code(open, &registering);
                    verifier.register(&alice, proof).await.map(drop)
                }
                Act::Reset => verifier.support("Carol", "lost").reset(&alice).await,
                Act::RevokeApp => verifier.revoke(&grant, &item).await.map(drop),
                Act::SignOut => verifier.sign_out_everywhere(&grant).await.map(drop),
                Act::TurnOff => verifier.turn_off(&grant).await.map(drop),
                Act::Unrequested => verifier.report_unrequested(&alice).await,
            };
            done.map_err(Failure::Refused)
        })
    }
}

/// Why an operation did not succeed.
#[derive(Debug)]
enum Failure {
    NotRecognized(NotRecognized),
    Refused(Error),
}

async fn approve(
    verifier: &Verifier,
    alice: &SubjectId,
    (number, token): &(String, String),
) -> Result<(), Error> {
    let device = verifier.for_client(client(token));
    let Some(pending) = device.pending_request(alice).await? else { return Ok(()) };
    device.answer_request(alice, &pending, RequestAnswer::Approve(number)).await
}

/// Operations that advance the epoch or remove the factor: they invalidate everything before them.
const ENDING: [Act; 5] = [Act::Register, Act::Reset, Act::RevokeApp, Act::SignOut, Act::TurnOff];
/// Operations that succeed once.
const ONCE: [Act; 5] = [Act::App, Act::Backup, Act::Code, Act::KnownApp, Act::Register];
/// Operations that use the earlier authority and end it.
const BY_AUTHORITY: [Act; 3] = [Act::RevokeApp, Act::SignOut, Act::TurnOff];

#[test]
fn concurrent_pairs_are_atomic_and_both_counted() {
    let ready = block_on(ready());
    let mut orders = 0;
    for (at, first) in ALL.into_iter().enumerate() {
        for second in ALL.into_iter().skip(at) {
            let stores = RefCell::new(Vec::<Rc<MemoryStorage>>::new());
            orders += every_order(
                || {
                    let store = Rc::new(ready.store());
                    let tasks = vec![ready.task(first, &store, 11), ready.task(second, &store, 12)];
                    stores.borrow_mut().push(store);
                    tasks
                },
                |answers| {
                    let store = stores.borrow_mut().pop().unwrap();
                    check(&ready, (first, second), &answers, &store);
                },
            );
        }
    }
    assert!(orders > 2000, "{orders}");
}

fn check(
    ready: &Ready,
    (first, second): (Act, Act),
    answers: &[Result<(), Failure>],
    store: &MemoryStorage,
) {
    let well: Vec<bool> = answers.iter().map(Result::is_ok).collect();
    let both = well.iter().all(|done| *done);
    for answer in answers {
        let is_known = matches!(
            answer,
            Ok(())
                | Err(Failure::Refused(Error::Denied(_)))
                | Err(Failure::NotRecognized(NotRecognized::Ignored | NotRecognized::Invalid))
        );
        assert!(is_known, "{first:?} {second:?}: {answer:?}");
    }
    let pairs = [(first, well[0]), (second, well[1])];
    let incorrect = pairs.iter().filter(|(act, _)| *act == Act::KnownIncorrectApp).count();
    for (act, done) in pairs {
        assert!(act != Act::KnownIncorrectApp || !done, "an incorrect code was accepted");
    }
    if incorrect < 2 {
        assert!(well.iter().any(|done| *done), "{first:?} {second:?}: one of them succeeds");
    }
    if [first, second] == [Act::App, Act::KnownApp] {
        assert!(!both, "one code was accepted in two lanes");
    }
    if first == second && (ONCE.contains(&first) || BY_AUTHORITY.contains(&first)) {
        assert!(!both, "{first:?} succeeded twice");
    }
    if BY_AUTHORITY.contains(&first) && BY_AUTHORITY.contains(&second) {
        assert!(!both, "{first:?} {second:?}: one authority was used after it ended");
    }
    // The remaining state is consistent, and protects unless protection was turned off.
    let verifier = Verifier::builder("Example", store.clone(), MessageLog::new(), Keys::new(ROOT))
        .first_factor(FirstFactor::Password)
        .clock(ManualClock::at(ready.now.as_secs()))
        .entropy(SeededEntropy::new(99))
        .build()
        .unwrap();
    let next = block_on(verifier.next(&ready.world.alice)).unwrap();
    let is_off = pairs
        .iter()
        .any(|(operation, done)| *done && matches!(operation, Act::TurnOff | Act::Reset));
    assert_eq!(matches!(next, Next::Done(_)), is_off, "{first:?} {second:?}");
    // Used codes stay used, and ended permissions stay ended.
    if pairs.iter().any(|(operation, done)| *done && ENDING.contains(operation)) {
        let known = block_on(recognize_by(&verifier, &ready.world.alice, &ready.token));
        assert!(known.is_err(), "{first:?} {second:?}: a device is still trusted");
    }
    for (operation, done) in pairs {
        let again = match operation {
            Act::App | Act::KnownApp => Proof::totp(&ready.app),
            Act::Backup => Proof::backup_code(&ready.backup),
            Act::Code => Proof::sent_code(ready.code.0, &ready.code.1),
            _ => continue,
        };
        if done {
            let again = block_on(verifier.verify(&ready.world.alice, again));
            assert!(again.is_err(), "{operation:?} succeeded again");
        }
    }
    // Failures at a known device are all counted: it is forgotten after the fifth.
    if incorrect == 2 {
        for further in 1..=3 {
            let known = block_on(recognize_by(&verifier, &ready.world.alice, &ready.token));
            assert!(known.is_ok(), "forgotten after {} failures", further + 1);
            let device = verifier.for_client(client(&ready.token));
            let proof = Proof::totp(&ready.incorrect);
            assert!(block_on(device.verify(&ready.world.alice, proof)).is_err());
        }
        let known = block_on(recognize_by(&verifier, &ready.world.alice, &ready.token));
        assert!(known.is_err(), "a failure was not counted");
    }
}
