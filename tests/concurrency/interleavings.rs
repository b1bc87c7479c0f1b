//! Interleavings of concurrent callers.

use alloc::rc::Rc;
use core::{
    cell::{Cell, RefCell},
    convert::Infallible,
};

use crate::support::{App, World, reason};
use crate::walk::{Task, callers, copy_world, every_order};
use second_factor::{
    CodeRequest, Error, MemoryStorage, Policy, Reason, Storage, Verified, block_on,
    storage::{Record, RecordId, Swap, Version},
};

/// A store that swaps without comparing versions.
#[derive(Clone)]
struct UncomparedStorage(MemoryStorage);

impl Storage for UncomparedStorage {
    type Error = Infallible;

    async fn load(&self, id: &RecordId) -> Result<Option<Record>, Infallible> {
        self.0.load(id).await
    }

    async fn compare_and_swap(
        &self,
        id: &RecordId,
        _: Option<Version>,
        record: &Record,
    ) -> Result<Swap, Infallible> {
        let current = self.0.load(id).await?.map(|record| record.version());
        self.0.compare_and_swap(id, current, record).await
    }
}

fn accepted<T>(outcomes: &[Result<T, Error>]) -> usize {
    outcomes.iter().filter(|outcome| outcome.is_ok()).count()
}

/// Every order in which `count` callers submit one correct code of the app.
fn verify_one_code<S: Storage + Clone + 'static>(
    store: impl Fn(MemoryStorage) -> S,
    count: usize,
    check: impl Fn(Vec<Result<Verified, Error>>),
) -> usize {
    let before = World::new();
    let (app, _) = block_on(before.with_app());
    let code = app.code(&before.clock);
    let begin = || {
        let code = code.clone();
        let verify = async move |world: &World<_>| world.try_app(&code).await;
        callers(&copy_world(&before, &store), count, verify)
    };
    every_order(begin, check)
}

#[test]
fn failure_006_two_concurrent_uses_of_one_code() {
    let orders = verify_one_code(
        |store| store,
        2,
        |outcomes| {
            assert_eq!(accepted(&outcomes), 1);
            let lost = outcomes.into_iter().find(Result::is_err).unwrap();
            assert_eq!(reason(lost), Reason::Replayed);
        },
    );
    assert!(orders >= 20, "only {orders} orders were run");
}

#[test]
fn three_concurrent_uses_of_one_code() {
    verify_one_code(|store| store, 3, |outcomes| assert_eq!(accepted(&outcomes), 1));
}

#[test]
fn walk_detects_a_store_without_comparison() {
    let most = Cell::new(0);
    let check = |outcomes: Vec<_>| most.set(most.get().max(accepted(&outcomes)));
    verify_one_code(UncomparedStorage, 2, check);
    assert_eq!(most.get(), 2, "the walk must be able to detect a code that is accepted twice");
}

#[test]
fn store_without_comparison_is_reported_at_its_first_refusal() {
    block_on(async {
        let world = World::over(UncomparedStorage(MemoryStorage::new()), Policy::default());
        let (app, _) = world.with_app().await;
        let code = app.code(&world.clock);
        let _ = world.try_app(&code).await.unwrap();
        assert!(matches!(world.try_app(&code).await, Err(Error::BrokenStorage)));
    });
}

#[test]
fn failure_010_two_concurrent_answers_to_one_challenge() {
    let before = World::new();
    let sent = block_on(async {
        let _ = before.with_phone(&before.alice).await;
        before.verifier.send_code(&before.alice, CodeRequest::to_address(&before.number)).await
    });
    let (handle, code) = (*sent.unwrap().handle(), before.read_code());
    let begin = || {
        let code = code.clone();
        let answer = async move |world: &World<_>| world.try_code(&handle, &code).await;
        callers(&copy_world(&before, |store| store), 2, answer)
    };
    every_order(begin, |outcomes| {
        assert_eq!(accepted(&outcomes), 1);
        let lost = outcomes.into_iter().find(Result::is_err).unwrap();
        assert_eq!(reason(lost), Reason::NotFound);
    });
}

#[test]
fn failure_014_two_concurrent_confirmations() {
    let before = World::new();
    let enrollment = block_on(before.verifier.enroll_totp(&before.alice, "alice")).unwrap();
    let app = App::scan(enrollment.expose_secret().expose());
    let (handle, code) = (*enrollment.handle(), app.code(&before.clock));
    let begin = || {
        let code = code.clone();
        let confirm = async move |world: &World<_>| {
            world.verifier.confirm(&world.alice, &handle, &code).await
        };
        callers(&copy_world(&before, |store| store), 2, confirm)
    };
    every_order(begin, |outcomes| assert_eq!(accepted(&outcomes), 1));
}

#[test]
fn failure_018_every_concurrent_guess_is_counted() {
    let before = World::new();
    let (app, _) = block_on(before.with_app());
    let incorrect = app.incorrect(&before.clock);
    // Three failures before, two concurrent ones: the fifth locks, in any order.
    for _ in 0..3 {
        assert!(block_on(before.try_app(&incorrect)).is_err());
    }
    let present = RefCell::new(None);
    let begin = || {
        let world = copy_world(&before, |store| store);
        *present.borrow_mut() = Some(Rc::clone(&world));
        let incorrect = incorrect.clone();
        callers(&world, 2, async move |world| world.try_app(&incorrect).await)
    };
    every_order(begin, |outcomes| {
        assert_eq!(accepted(&outcomes), 0);
        let world = present.take().unwrap();
        let correct = block_on(world.try_app(&app.code(&world.clock)));
        assert_eq!(reason(correct), Reason::Locked);
    });
}

#[test]
fn failure_091_two_concurrent_sends_are_one_message() {
    let before = World::new();
    let _ = block_on(before.with_phone(&before.alice));
    let present = RefCell::new(None);
    let begin = || {
        let world = copy_world(&before, |store| store);
        *present.borrow_mut() = Some(Rc::clone(&world));
        callers(&world, 2, async |world| {
            world.verifier.send_code(&world.alice, CodeRequest::to_address(&world.number)).await
        })
    };
    every_order(begin, |outcomes| {
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        assert_eq!(present.take().unwrap().phone.len(), 1);
        let lost = outcomes.into_iter().find(Result::is_err).unwrap();
        assert_eq!(reason(lost), Reason::TooSoon);
    });
}

#[test]
fn failure_009_concurrent_enrollment_revives_no_used_code() {
    let before = World::new();
    let (app, verified) = block_on(before.with_app());
    let (code, verified) = (app.code(&before.clock), Rc::new(verified));
    let present = RefCell::new(None);
    let begin = || -> Vec<Task<bool>> {
        let world = copy_world(&before, |store| store);
        *present.borrow_mut() = Some(Rc::clone(&world));
        let (other, code, verified) = (Rc::clone(&world), code.clone(), Rc::clone(&verified));
        let verify = async move { other.try_app(&code).await.is_ok() };
        let enroll = async move { world.verifier.enroll_totp(&*verified, "alice").await.is_ok() };
        vec![Box::pin(verify), Box::pin(enroll)]
    };
    every_order(begin, |outcomes| {
        assert_eq!(outcomes, [true, true]);
        let world = present.take().unwrap();
        assert_eq!(reason(block_on(world.try_app(&code))), Reason::Replayed);
    });
}
