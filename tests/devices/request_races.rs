//! Races of requesting, answering and redeeming.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use alloc::rc::Rc;
use core::cell::RefCell;

use crate::support::{
    World,
    devices::{
        approve, on, recognize, redeem, request, trust, try_request, with_device, with_old_phone,
    },
    fresh_for, reason,
};
use crate::walk::{Stepping, Task, callers, copy_world, every_order};
use second_factor::{
    Error, Handle, MemoryStorage, Reason, Verified, block_on,
    host::Event,
    proof::{RequestAnswer, SignInRequest},
    purpose::Operation,
};

type How = fn(&str) -> RequestAnswer<'_>;
type Walked = Rc<World<Stepping<MemoryStorage>>>;

const APPROVE: How = |number| RequestAnswer::Approve(number);

/// A phone, and a request that is pending on it.
struct Waiting {
    before: World,
    phone: Rc<String>,
    request: Rc<SignInRequest>,
    pending: Handle,
}

fn waiting() -> Waiting {
    let (before, _, phone) = block_on(with_old_phone());
    let request = block_on(request(&before));
    let pending = block_on(on(&before, &phone).pending_request(&before.alice)).unwrap().unwrap();
    let (phone, request, pending) = (Rc::new(phone), Rc::new(request), *pending.handle());
    Waiting { before, phone, request, pending }
}

impl Waiting {
    /// Answers on the phone.
    fn answers(&self, world: &Walked, how: How) -> Task<bool> {
        let (world, phone, request) =
            (Rc::clone(world), Rc::clone(&self.phone), Rc::clone(&self.request));
        let pending = self.pending;
        Box::pin(async move {
            let answer = how(request.number().expose());
            let answered = on(&world, &phone).answer_request(&world.alice, &pending, answer).await;
            let won = answered.is_ok();
            assert!(won || reason(answered) == Reason::NotFound);
            won
        })
    }
}

/// Runs every order of `tasks`. `check` receives the world afterwards and the outcomes.
fn walk<T>(
    before: &World,
    tasks: impl Fn(&Walked) -> Vec<Task<T>>,
    check: impl Fn(&Walked, Vec<T>),
) -> usize {
    let present = RefCell::new(None);
    let begin = || {
        let world = copy_world(before, |store| store);
        *present.borrow_mut() = Some(Rc::clone(&world));
        tasks(&world)
    };
    every_order(begin, |outcomes| check(&present.take().unwrap(), outcomes))
}

#[test]
fn failure_104_concurrent_approval_and_refusal_have_one_winner() {
    let waiting = waiting();
    let refusals: [(How, Reason); 2] = [
        (|_| RequestAnswer::Cancel, Reason::Cancelled),
        (|_| RequestAnswer::NotMe, Reason::ReportedByOwner),
    ];
    for (refusal, reported) in refusals {
        let both =
            |world: &Walked| vec![waiting.answers(world, APPROVE), waiting.answers(world, refusal)];
        let orders = walk(&waiting.before, both, |world, won| {
            assert!(won[0] != won[1], "{won:?}");
            let taken = block_on(redeem(world, &waiting.request));
            match won[0] {
                true => assert!(taken.is_ok()),
                false => assert_eq!(reason(taken), reported),
            }
        });
        assert!(orders >= 6, "only {orders} orders were run");
    }
}

#[test]
fn failure_104_concurrent_approvals_have_one_winner() {
    let waiting = waiting();
    let both = |world: &Walked| [(); 2].map(|()| waiting.answers(world, APPROVE)).into();
    walk(&waiting.before, both, |world, won| {
        assert!(won[0] != won[1], "{won:?}");
        assert!(block_on(redeem(world, &waiting.request)).is_ok());
    });
}

#[test]
fn failure_104_approval_is_redeemed_once() {
    let waiting = waiting();
    block_on(approve(&waiting.before, &waiting.phone, &waiting.request)).unwrap();
    for count in [2, 3] {
        let takers = |world: &Walked| -> Vec<Task<Result<Verified, Error>>> {
            let request = Rc::clone(&waiting.request);
            callers(world, count, async move |world| redeem(world, &request).await)
        };
        walk(&waiting.before, takers, |_, taken| {
            assert_eq!(taken.iter().filter(|taken| taken.is_ok()).count(), 1);
            for lost in taken.into_iter().filter(Result::is_err) {
                assert_eq!(reason(lost), Reason::NotFound);
            }
        });
    }
}

#[test]
fn failure_104_approval_never_reaches_a_later_request() {
    let waiting = waiting();
    let both = |world: &Walked| -> Vec<Task<Option<SignInRequest>>> {
        let (approving, other) = (waiting.answers(world, APPROVE), Rc::clone(world));
        let approving = async move {
            let _ = approving.await;
            None
        };
        let asking = async move { try_request(&other, Operation::SignIn).await.ok() };
        vec![Box::pin(approving), Box::pin(asking)]
    };
    walk(&waiting.before, both, |world, mut outcomes| {
        let new = outcomes.pop().flatten().expect("a request gets an answer");
        assert_eq!(reason(block_on(redeem(world, &new))), Reason::Pending);
        assert_eq!(reason(block_on(redeem(world, &waiting.request))), Reason::NotFound);
    });
}

#[test]
fn failure_104_approval_of_a_revoked_device_opens_nothing() {
    let (before, app, token) = block_on(with_device());
    before.clock.advance(60);
    let device = *block_on(recognize(&before, &token)).unwrap().device();
    let phone = Rc::new(token);
    let permission = Rc::new(block_on(fresh_for(&before, &app, Operation::Manage)));
    let request = Rc::new(block_on(request(&before)));
    let pending = block_on(on(&before, &phone).pending_request(&before.alice)).unwrap().unwrap();
    let waiting = Waiting { before, phone, request, pending: *pending.handle() };
    let both = |world: &Walked| -> Vec<Task<bool>> {
        let (other, permission) = (Rc::clone(world), Rc::clone(&permission));
        let sign_out = async move { other.verifier.revoke(&*permission, &device).await.is_ok() };
        vec![waiting.answers(world, APPROVE), Box::pin(sign_out)]
    };
    walk(&waiting.before, both, |world, done| {
        assert!(done[1], "a race does not keep the device trusted");
        let taken = block_on(redeem(world, &waiting.request));
        assert_eq!(reason(taken), Reason::NotFound, "{done:?}");
    });
}

#[test]
fn failure_102_concurrent_requests_are_all_counted() {
    let (before, app, _) = block_on(with_old_phone());
    let both = |world: &Walked| {
        callers(world, 2, async |world| try_request(world, Operation::SignIn).await)
    };
    walk(&before, both, |world, asked| {
        let reasons: Vec<Reason> = asked
            .iter()
            .map(|asked| reason(block_on(redeem(world, asked.as_ref().unwrap()))))
            .collect();
        assert!(
            reasons == [Reason::Pending, Reason::NotFound]
                || reasons == [Reason::NotFound, Reason::Pending],
            "{reasons:?}"
        );
        let _ = block_on(request(world));
        let off = block_on(try_request(world, Operation::SignIn));
        assert_eq!(reason(off), Reason::Disabled);
        assert!(!block_on(trust(world, &app, "a code was used")).is_empty());
    });
}

#[test]
fn failure_102_concurrent_requests_turn_off_once() {
    let (before, _, _) = block_on(with_old_phone());
    for _ in 0..3 {
        let _ = block_on(request(&before));
    }
    let both = |world: &Walked| {
        callers(world, 2, async |world| try_request(world, Operation::SignIn).await)
    };
    walk(&before, both, |world, asked| {
        for asked in asked {
            assert_eq!(reason(asked), Reason::Disabled);
        }
        let reported = world.log.take();
        assert_eq!(reported.iter().filter(|event| **event == Event::RequestsOff).count(), 1);
    });
}
