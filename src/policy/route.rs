//! Order of the channels to a phone number.

use core::time::Duration;

use super::whole_secs;
use crate::channel::Channel;

/// The channels to a phone number in fallback order, each with its time.
///
/// The [`Verifier`](crate::Verifier) falls back to the next channel in three cases:
///
/// - a channel cannot reach the number;
/// - the carrier [reports](crate::verifier::Operations::delivery_report) a failure later;
/// - the time of the channel has passed, and your application
///   [advances](crate::verifier::Operations::advance) the challenge.
///
/// WhatsApp messages are sent only to numbers whose owner [allowed](crate::Verifier::set_whatsapp)
/// them. Proving an address and registering always start with a text message.
///
/// # Input
///
/// A route has one to three of [`Channel::Sms`], [`Channel::Voice`] and [`Channel::WhatsApp`], each
/// at most once, with 10 to 300 whole seconds. A call must not come first, because the number may
/// have a new owner, or voicemail may answer ([FAILURES 95](crate::manual::threats)).
///
/// # Example
///
/// ```
/// use core::time::Duration;
/// use second_factor::{Channel, policy::{Policy, Route, UnsafePolicy}};
///
/// let [half, one] = [30, 60].map(Duration::from_secs);
/// let route = [(Channel::WhatsApp, half), (Channel::Sms, one), (Channel::Voice, one)];
/// assert!(Policy::builder().route(&route).build().is_ok());
/// let call = Policy::builder().route(&[(Channel::Voice, one)]);
/// assert_eq!(call.build().unwrap_err(), UnsafePolicy::Route);
/// # let _ = Route::default();
/// ```
#[doc(alias = "fallback")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    steps: [Option<(Channel, u32)>; MAX_STEPS],
    is_whole: bool,
}

impl Route {
    pub(super) fn of(steps: &[(Channel, Duration)]) -> Self {
        let mut kept = [None; MAX_STEPS];
        for (place, (channel, time)) in kept.iter_mut().zip(steps) {
            *place = Some((*channel, whole_secs(*time)));
        }
        Self { steps: kept, is_whole: steps.len() <= MAX_STEPS }
    }

    /// Returns an iterator over the channels and their times.
    pub fn steps(&self) -> impl Iterator<Item = (Channel, Duration)> {
        self.seconds().map(|(channel, secs)| (channel, Duration::from_secs(secs.into())))
    }

    fn seconds(&self) -> impl Iterator<Item = (Channel, u32)> {
        self.steps.iter().copied().flatten()
    }

    /// Returns the seconds before the next channel is tried, or `None` if `channel` is not in the
    /// route.
    pub(crate) fn seconds_of(&self, channel: Channel) -> Option<u32> {
        self.seconds().find(|(step, _)| *step == channel).map(|(_, secs)| secs)
    }

    pub(super) fn is_safe(&self) -> bool {
        let is_for_phones =
            |step| matches!(step, Channel::Sms | Channel::Voice | Channel::WhatsApp);
        let is_fine = |(at, (channel, secs)): (usize, (Channel, u32))| {
            is_for_phones(channel)
                && (10..=300).contains(&secs)
                && self.seconds().take(at).all(|(other, _)| other != channel)
        };
        let first = self.seconds().next();
        self.is_whole
            && first.is_some_and(|(channel, _)| channel != Channel::Voice)
            && self.seconds().enumerate().all(is_fine)
    }

    /// Returns the shorter route. Of two equally long routes, the choice is deterministic.
    ///
    /// A route prefers channels and grants no permission: the user may still ask for another
    /// channel. Either choice is therefore safe, and the shorter route sends fewer messages.
    pub(super) fn and(self, other: Self) -> Self {
        let order = |route: &Self| {
            let steps = route.steps.map(|step| step.map(|(channel, secs)| (channel.bit(), secs)));
            (route.seconds().count(), steps)
        };
        core::cmp::min_by_key(self, other, order)
    }
}

/// Returns a text message, then WhatsApp after a minute if the owner allowed it.
///
/// A call is made only on request.
impl Default for Route {
    fn default() -> Self {
        let minute = Duration::from_secs(60);
        Self::of(&[(Channel::Sms, minute), (Channel::WhatsApp, minute)])
    }
}

const MAX_STEPS: usize = 3;
