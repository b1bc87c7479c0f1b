//! Trusted devices: a token that changes at use, and what it gives. Never a proof.

mod values;

use alloc::{string::String, vec::Vec};

use minicbor::{CborLen, Decode, Encode, bytes::ByteArray};
use subtle::ConstantTimeEq as _;

pub use self::values::{DeviceToken, NewDevice, TrustedDevice};
use super::{
    Authority, Decision, Subject, Transition,
    authority::Permission,
    fields::{Id, push_address},
    span::{Span, is_in_future},
};
use crate::{
    Address, FactorKind, Purpose, UnixTime, Verified,
    event::Event,
    id::ItemId,
    keys::{TextKind, concat_into},
    policy::{MAX_DEVICES, QUARANTINE},
    secret::SecretText,
    verdict::{Denial, Reason, Recognized},
    wiped::Wiped,
};

/// What is kept of a trusted device.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(super) struct Device {
    /// Its public name.
    #[n(0)]
    pub(super) id: Id,
    /// Its name within its tokens, which nobody sees.
    #[n(1)]
    series: ByteArray<16>,
    /// The keyed hash of the token that was used last.
    #[n(2)]
    current: ByteArray<16>,
    /// The keyed hash of the token that was given in its place.
    #[n(3)]
    next: ByteArray<16>,
    #[n(4)]
    label: String,
    #[n(5)]
    created_at: u64,
    #[n(6)]
    last_used_at: u64,
    #[n(7)]
    pub(super) life: Span,
    #[cbor(n(8), with = "push_address")]
    push: Option<Address>,
}

impl Device {
    pub(super) const fn created_at(&self) -> UnixTime {
        UnixTime::from_secs(self.created_at)
    }

    pub(super) const fn push(&self) -> Option<&Address> {
        self.push.as_ref()
    }

    pub(super) const fn is_in_future(&self, now: UnixTime) -> bool {
        self.life.is_in_future(now) || is_in_future(UnixTime::from_secs(self.last_used_at), now)
    }

    /// What is seen in the future would never be the one not seen for longest.
    pub(super) fn repair(&mut self, now: UnixTime) {
        self.last_used_at = self.last_used_at.min(now.as_secs());
    }
}

impl Subject<'_> {
    /// Trusts the device on which `verified` was just earned.
    ///
    /// # Errors
    ///
    /// A [`Denial`]: the proof is too old, or not one for getting in.
    pub fn trust_device(
        mut self,
        verified: &Verified,
        device: &NewDevice,
    ) -> Decision<DeviceToken> {
        self.check_trust(verified)?;
        let now = self.now();
        self.begin_quarantine_beside_devices();
        self.state.devices.retain(|known| !known.life.is_over(now));
        while self.state.devices.len() >= MAX_DEVICES {
            let places = self.state.devices.iter().enumerate();
            let Some((oldest, _)) = places.min_by_key(|(_, known)| known.last_used_at) else {
                break;
            };
            self.state.devices.remove(oldest);
            self.state.sign_in_requests.cancel();
            self.events.push(Event::DeviceRemoved);
        }
        let (series, secret) = (self.moment.bytes(), Wiped::new(self.moment.bytes()));
        let hash = self.keys.device_hash(&self.record_id, &series, &secret);
        self.state.devices.push(Device {
            id: self.moment.bytes().into(),
            series: series.into(),
            current: hash.into(),
            next: hash.into(),
            label: device.label.clone(),
            created_at: now.as_secs(),
            last_used_at: now.as_secs(),
            life: Span::new(now, self.policy.device_life()),
            push: device.push.clone(),
        });
        self.events.push(Event::DeviceAdded);
        let token = self.device_token(&series, &secret);
        Ok(self.commit(Ok(token)))
    }

    /// Whether `token` is that of a device that is trusted.
    ///
    /// # Errors
    ///
    /// None before the write: every answer comes out of the transition. Its reasons tell apart a token
    /// that is [somebody else's](Reason::OtherSubject), [unknown](Reason::NotFound),
    /// [over](Reason::Expired) and [stolen](Reason::Stolen).
    pub fn recognize(mut self, token: &DeviceToken) -> Decision<Recognized> {
        let now = self.now();
        let opened = self.keys.open_text(TextKind::Device, token.expose()).ok();
        let Some(named) = opened.as_deref().and_then(|plain| Named::read(plain)) else {
            return self.refuse(Reason::NotFound);
        };
        if named.record != self.record_id.as_bytes() {
            return self.refuse(Reason::OtherSubject);
        }
        let is_it = |known: &Device| bool::from(known.series.ct_eq(named.series));
        let Some(place) = self.state.devices.iter().position(is_it) else {
            return self.refuse(Reason::NotFound);
        };
        let hash = self.keys.device_hash(&self.record_id, named.series, named.secret);
        let after = self.keys.next_device_secret(&self.record_id, named.series, named.secret);
        let hash_after = self.keys.device_hash(&self.record_id, named.series, &after);
        let Some(device) = self.state.devices.get_mut(place) else {
            return self.refuse(Reason::NotFound);
        };
        if device.life.is_over(now) {
            return self.refuse(Reason::Expired);
        }
        let (is_current, is_next) = (hash.ct_eq(&*device.current), hash.ct_eq(&*device.next));
        if !bool::from(is_current | is_next) {
            // FAILURES 82: a token that was replaced came again, so that there are two of it.
            self.state.devices.remove(place);
            self.state.sign_in_requests.cancel();
            self.begin_quarantine();
            self.events.push(Event::DeviceStolen);
            return Ok(self.commit(Err(Denial::new(Reason::Stolen))));
        }
        // The first use of a token kills the one before it. The one after it follows from it, so that
        // two requests of one browser at once are given the same.
        let mut changed = !bool::from(device.next.ct_eq(&hash_after[..]));
        device.current = hash.into();
        device.next = hash_after.into();
        if now.since(UnixTime::from_secs(device.last_used_at)) >= LAST_USED_PRECISION {
            device.last_used_at = now.as_secs();
            changed = true;
        }
        let (id, since, label) =
            (ItemId::new(*device.id), device.created_at(), device.label.clone());
        changed |= self.note_owner(since);
        let recognized = Recognized::new(
            self.id.clone(),
            (id, label, since),
            now,
            self.state.epoch,
            self.device_token(named.series, &after),
        );
        if changed { Ok(self.commit(Ok(recognized))) } else { Ok(self.decoy(Ok(recognized))) }
    }

    /// The devices that are trusted, the one used last first.
    #[must_use]
    pub fn devices(&self) -> Vec<TrustedDevice> {
        let live = self.state.devices.iter().filter(|device| !device.life.is_over(self.now()));
        let mut devices: Vec<TrustedDevice> = live
            .map(|device| TrustedDevice {
                id: ItemId::new(*device.id),
                label: device.label.clone(),
                created_at: device.created_at(),
                last_used_at: UnixTime::from_secs(device.last_used_at),
                expires_at: device.life.ends(),
            })
            .collect();
        devices.sort_by_key(|device| core::cmp::Reverse(device.last_used_at));
        devices
    }

    /// Trusts a device no longer.
    ///
    /// # Errors
    ///
    /// A [`Denial`]: no right, or no such device.
    pub fn revoke_device(mut self, authority: &Authority, device: &ItemId) -> Decision<()> {
        self.check_authority(authority)?;
        if !self.drop_device(device) {
            return Err(Denial::new(Reason::NotFound));
        }
        Ok(self.commit(Ok(())))
    }

    /// Lets a device sign itself out.
    ///
    /// # Errors
    ///
    /// None before the write: every answer comes out of the transition.
    pub fn sign_out_device(mut self, device: &Recognized) -> Decision<()> {
        if !self.is_trusted(device) || !self.drop_device(device.device()) {
            return self.refuse(Reason::NotFound);
        }
        Ok(self.commit(Ok(())))
    }

    /// Ends every device, right, challenge and enrollment. The factors stay.
    ///
    /// # Errors
    ///
    /// A [`Denial`]: no right.
    pub fn sign_out_everywhere(mut self, authority: &Authority) -> Decision<()> {
        self.check_authority(authority)?;
        self.begin_quarantine_beside_devices();
        self.advance_epoch();
        self.events.push(Event::SignedOutEverywhere);
        Ok(self.commit(Ok(())))
    }

    /// Trusts no device any longer: the password was changed.
    pub fn password_changed(mut self) -> Transition<()> {
        if self.state.devices.is_empty() {
            return self.decoy(Ok(()));
        }
        self.events.extend(self.state.devices.drain(..).map(|_| Event::DeviceRemoved));
        self.state.sign_in_requests.cancel();
        // Whoever changed it may be new, and no device is left that could agree to a first PIN.
        self.begin_quarantine();
        self.commit(Ok(()))
    }

    /// Calls off the removal of the PIN, from a device that was trusted before it was asked for.
    ///
    /// # Errors
    ///
    /// None before the write: every answer comes out of the transition.
    pub fn cancel_pin_reset(mut self, device: &Recognized) -> Decision<()> {
        if !self.is_trusted(device) || !self.cancel_reset_from_device(device.created_at()) {
            return self.refuse(Reason::NotFound);
        }
        Ok(self.commit(Ok(())))
    }

    /// Whether the device that was recognised is trusted still.
    pub(super) fn is_trusted(&self, device: &Recognized) -> bool {
        let is_it = |known: &Device| {
            *known.id == *device.device().as_bytes() && !known.life.is_over(self.now())
        };
        device.subject() == &self.id
            && device.epoch() == self.state.epoch
            && self.state.devices.iter().any(is_it)
    }

    fn drop_device(&mut self, device: &ItemId) -> bool {
        let stood = self.state.devices.len();
        self.state.devices.retain(|known| *known.id != *device.as_bytes());
        if self.state.devices.len() == stood {
            return false;
        }
        if self.state.devices.is_empty() {
            // No device is left by which the next newcomer would be known for one.
            self.begin_quarantine();
        }
        // What it may have approved, perhaps in the hands of a thief, opens nothing any more.
        self.state.sign_in_requests.cancel();
        self.events.push(Event::DeviceRemoved);
        true
    }

    /// FAILURES 95, 112: no first PIN from a device that has just come.
    pub(super) fn begin_quarantine(&mut self) {
        self.state.quarantine = Span::new(self.now(), QUARANTINE);
    }

    /// As [`begin_quarantine`](Self::begin_quarantine), if a device is trusted: then whoever comes in
    /// without one is new, and there is somebody to agree.
    pub(super) fn begin_quarantine_beside_devices(&mut self) {
        let now = self.now();
        if self.state.devices.iter().any(|known| !known.life.is_over(now)) {
            self.begin_quarantine();
        }
    }

    /// Whether the device may agree to what a newcomer must wait for: it is trusted, and has been for
    /// as long as a newcomer waits. The first of two that just came is no older one.
    pub(super) fn is_older(&self, device: &Recognized) -> bool {
        self.is_trusted(device) && Span::new(device.created_at(), QUARANTINE).is_over(self.now())
    }

    /// A device is trusted by whoever just got in on it.
    fn check_trust(&self, verified: &Verified) -> Result<(), Denial> {
        let right = Permission::of(verified);
        let gets_in = match right.purpose {
            Purpose::Enroll | Purpose::Recover | Purpose::SignIn => true,
            // With nothing before it, a device would stand in for what was not proven.
            Purpose::Register => !self.has_factor_besides_pin(),
            _ => false,
        };
        // FAILURES 79: a trusted device must not trust the next one, or trust would never end. A PIN is
        // no factor (STD N-46) and makes no more of it.
        let mut kinds = right.factors.kinds();
        let by_a_factor =
            kinds.any(|kind| !matches!(kind, FactorKind::Pin | FactorKind::SignInRequest));
        // Whoever is recognised is not asked for the PIN.
        let has_pin = self.state.factors.pin.is_none() || right.factors.contains(FactorKind::Pin);
        let holds = self.version.is_some()
            && verified.subject() == &self.id
            && by_a_factor
            && has_pin
            && right.epoch == self.state.epoch
            && gets_in
            && !Span::new(right.at, self.policy.management_age()).is_over(self.now());
        if holds { Ok(()) } else { Err(Denial::new(Reason::Unauthorized)) }
    }

    fn device_token(&mut self, series: &[u8; 16], secret: &[u8; 32]) -> DeviceToken {
        let mut plain = Wiped::new([0; PLAIN]);
        concat_into(&mut *plain, &[self.record_id.as_bytes(), series, secret]);
        let text = self.keys.seal_text(TextKind::Device, &*plain, &mut self.moment);
        DeviceToken(SecretText::new(text))
    }
}

/// What a token holds.
struct Named<'t> {
    record: &'t [u8; 16],
    series: &'t [u8; 16],
    secret: &'t [u8; 32],
}

impl<'t> Named<'t> {
    fn read(plain: &'t [u8]) -> Option<Self> {
        let (record, rest) = plain.split_first_chunk()?;
        let (series, rest) = rest.split_first_chunk()?;
        let secret = <&[u8; 32]>::try_from(rest).ok()?;
        Some(Self { record, series, secret })
    }
}

/// A label for people: 64 characters at most, none of which hides or turns round the words beside it.
pub(super) fn short(label: &str) -> String {
    let is_shown = |symbol: &char| !symbol.is_control() && !is_layout(*symbol);
    label.chars().filter(is_shown).take(64).collect()
}

/// Line ends and marks of direction, by which a label could pass for other words (FAILURES 105).
const fn is_layout(symbol: char) -> bool {
    matches!(symbol,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

const PLAIN: usize = 16 + 16 + 32;
/// In seconds. Within an hour a device is not written down as seen again: most requests write nothing.
pub(super) const LAST_USED_PRECISION: u64 = 3_600;
