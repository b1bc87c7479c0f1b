//! Owner and thief of one device token.

use alloc::rc::Rc;

use second_factor::{Next, Proof, SignIn};

use super::{ATTACKER, Caller, NewDevice, OWNER, Siege, owners::token};
use crate::service::Ran;

/// The copied token of a trusted device.
#[derive(Default)]
pub struct Copy {
    /// What the thief presents; `None` until it is copied again.
    token: Option<String>,
    /// A copy of a device that is trusted no more.
    old: Option<String>,
    /// The newest successor, if only one of the two has it.
    rotation: Option<Rotation>,
    /// The calls of both that have begun, and that are in progress.
    begun: u64,
    running: u64,
}

/// A successor, and which of the two it was handed out to.
struct Rotation {
    to: Party,
    at: u64,
    /// The time of its first use.
    used: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Party {
    Owner,
    Thief,
}

impl Siege {
    /// The owner comes to the trusted device, and proves the app if its trust has ended.
    pub async fn visit_with_thief(&self, who: usize) {
        let second = self.account(who).second.clone();
        let second = Caller { token: second, ..Caller::new(SECOND + who as u64, OWNER) };
        let verified = self.sign_in_by_app(who, "app at another known device", &second).await;
        if let Some(second) = token(&verified) {
            self.change(who).second = Some(second);
        }
        let shown = self.account(who).token.clone();
        let is_over = match shown {
            Some(shown) => self.present(who, Party::Owner, &shown).await == Some(false),
            None => true,
        };
        if !is_over {
            return;
        }
        self.service.note("siege: the copied device is trusted no more");
        let proof = Proof::totp(self.code(who).await).trusting(NewDevice::new("laptop"));
        let known = self.known(who);
        let begun = self.now();
        let verified = self.sign_in(who, "app after a theft", &known, proof).await;
        if let Some(token) = token(&verified) {
            self.changed(who, "device_added", begun, &Ran::Answered(()));
            let mut account = self.change(who);
            account.token = Some(token);
            let copied = account.copy.token.take();
            account.copy.old = copied.or(account.copy.old.take());
            account.copy.rotation = None;
        }
    }

    /// The thief uses the copy. One in three also guesses with it.
    pub async fn use_copy(self: &Rc<Self>, who: usize) {
        let (old, copied) = {
            let mut account = self.change(who);
            if account.copy.token.is_none() && self.service.executor.chance(10) {
                account.copy.token = account.token.clone();
                account.copy.rotation = None;
            }
            (account.copy.old.clone(), account.copy.token.clone())
        };
        if let Some(old) = old {
            let recognized = self.present(who, Party::Thief, &old).await;
            assert!(recognized != Some(true), "I15: a copy of an earlier token was recognized");
        }
        let Some(copied) = copied else { return };
        let recognized = self.present(who, Party::Thief, &copied).await;
        if recognized == Some(false) {
            self.service.note("siege: the thief is out");
            let mut account = self.change(who);
            account.copy.old = account.copy.token.take();
        }
        if recognized == Some(true) && who % 3 == 0 && self.service.executor.chance(5) {
            let (id, token) = (self.id(who), self.account(who).copy.token.clone());
            let caller = Caller { token, ..self.new_browser(ATTACKER) };
            for _ in 0..3 {
                let incorrect = Proof::totp(self.incorrect_code(who));
                self.try_to("guess with a copy", &caller, async |v| v.verify(&id, incorrect).await)
                    .await;
            }
        }
    }

    /// Presents a token. Returns whether the device is recognized; `None` if the call failed.
    ///
    /// After a rotation, one of the two has the successor. The other is recognized for a minute, and
    /// for three minutes from the first use of the successor.
    async fn present(&self, who: usize, party: Party, shown: &str) -> Option<bool> {
        let (id, browser) = (self.id(who), who as u64);
        let caller = Caller { token: Some(shown.to_owned()), ..Caller::new(browser, OWNER) };
        let begun = {
            let copy = &mut self.change(who).copy;
            (copy.begun, copy.running) = (copy.begun + 1, copy.running + 1);
            copy.begun
        };
        let asked = self.ask(&caller, async |v| v.next(&id).await).await;
        let at = asked.committed.or(asked.moment);
        let mut account = self.change(who);
        let copy = &mut account.copy;
        copy.running -= 1;
        let was_alone = copy.begun == begun && copy.running == 0;
        self.service.note(&format!("siege: {party:?} presents a device: {}", asked.ran.label()));
        let recognized = match asked.ran {
            Ran::Answered(Next::Done(SignIn::Recognized(recognized))) => recognized,
            Ran::Answered(Next::Prove(_)) => return Some(false),
            Ran::Lost | Ran::Busy => {
                // A successor may have been handed out.
                copy.rotation = None;
                return None;
            }
            other => panic!("{other:?}"),
        };
        let at = at.expect("the record was loaded");
        match &mut copy.rotation {
            Some(rotation) if rotation.to == party => drop(rotation.used.get_or_insert(at)),
            Some(Rotation { at: handed, used, .. }) if was_alone => {
                let is_late = |used: u64| at + SKEW >= used && at <= used + LATE_SECS + SKEW;
                assert!(
                    at <= *handed + AGAIN_SECS + SKEW || used.is_some_and(is_late),
                    "I15: the {party:?} was recognized by a superseded token"
                );
            }
            _ => {}
        }
        if let Some(next) = recognized.successor().map(|next| next.expose().to_owned()) {
            let other = match party {
                Party::Owner => account.copy.token.clone(),
                Party::Thief => account.token.clone(),
            };
            let is_shared = other.as_ref() == Some(&next);
            account.copy.rotation = (!is_shared).then_some(Rotation { to: party, at, used: None });
            match party {
                Party::Owner => account.token = Some(next),
                Party::Thief => account.copy.token = Some(next),
            }
        }
        Some(true)
    }
}

/// The browsers of the second devices.
pub const SECOND: u64 = 500;
/// How long the same successor is handed out again, in seconds.
const AGAIN_SECS: u64 = 60;
/// How long a token is accepted after the first use of its successor, in seconds.
const LATE_SECS: u64 = 180;
/// The difference between two clocks, in seconds.
const SKEW: u64 = 2;
