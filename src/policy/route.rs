//! In what order the channels to a phone number are tried, and how long each has.

use crate::message::Channel;

/// The channels to a phone number, in the order in which they are tried, each with the seconds that
/// it has before the next one is.
///
/// The [`Verifier`](crate::Verifier) moves on at once when a channel does not reach the number, when
/// the carrier [reports](crate::Verifier::report) so later, and when its time is over and the host
/// [advances](crate::Verifier::advance) it. Whatever is tried, a number gets WhatsApp messages only if
/// its owner [allowed](crate::Verifier::allow_whatsapp) them; an address that is to be proven, and a
/// registration, begin by text message.
///
/// # Input
///
/// One to three of [`Channel::Sms`], [`Channel::Voice`] and [`Channel::WhatsApp`], each once, with 10
/// to 300 seconds. A call never comes first: it rings at whoever has the number by then, and a voicemail
/// answers it ([FAILURES 95](crate::manual::threats)).
///
/// # Example
///
/// ```
/// use second_factor::{message::Channel, policy::{Policy, Route, UnsafePolicy}};
///
/// let route = [(Channel::WhatsApp, 30), (Channel::Sms, 60), (Channel::Voice, 60)];
/// assert!(Policy::builder().route(&route).build().is_ok());
/// let call = Policy::builder().route(&[(Channel::Voice, 60)]);
/// assert_eq!(call.build().unwrap_err(), UnsafePolicy::Route);
/// # let _ = Route::default();
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    steps: [Option<(Channel, u32)>; MOST],
    is_whole: bool,
}

impl Route {
    pub(super) fn of(steps: &[(Channel, u32)]) -> Self {
        let mut kept = [None; MOST];
        for (place, step) in kept.iter_mut().zip(steps) {
            *place = Some(*step);
        }
        Self { steps: kept, is_whole: steps.len() <= MOST }
    }

    /// The channels and their seconds.
    pub fn steps(&self) -> impl Iterator<Item = (Channel, u32)> {
        self.steps.iter().copied().flatten()
    }

    /// How long a channel has before the next one is tried; `None`: it is none of them.
    pub(crate) fn seconds_of(&self, channel: Channel) -> Option<u32> {
        self.steps().find(|(step, _)| *step == channel).map(|(_, secs)| secs)
    }

    pub(super) fn is_safe(&self) -> bool {
        let is_for_phones =
            |step| matches!(step, Channel::Sms | Channel::Voice | Channel::WhatsApp);
        let is_fine = |(at, (channel, secs)): (usize, (Channel, u32))| {
            is_for_phones(channel)
                && (10..=300).contains(&secs)
                && self.steps().take(at).all(|(other, _)| other != channel)
        };
        let first = self.steps().next();
        self.is_whole
            && first.is_some_and(|(channel, _)| channel != Channel::Voice)
            && self.steps().enumerate().all(is_fine)
    }
}

/// A text message, and after a minute WhatsApp where it is allowed. A call is made when it is asked for
/// by name.
impl Default for Route {
    fn default() -> Self {
        Self::of(&[(Channel::Sms, 60), (Channel::WhatsApp, 60)])
    }
}

const MOST: usize = 3;
