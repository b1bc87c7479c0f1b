//! The enrolled factors of a subject.

use alloc::vec::Vec;
use core::cmp::Reverse;

use minicbor::{CborLen, Decode, Encode};

use super::{
    addresses::ProvenAddress,
    backup_set::BackupSet,
    clock_fault::{HasTimes, StoredTime},
    factor_summary::FactorSummary,
    factor_times::FactorTimes,
    fields::Id,
    hotp::HotpFactor,
    limiter::LaneLimiters,
    pin::PinFactor,
    security_keys::StoredKey,
    totp::TotpFactor,
};
use crate::{
    address::{Address, AddressKind},
    factor::FactorKind,
    first_factor::FirstFactor,
    id::ItemId,
};

/// The confirmed factors.
#[derive(Default, Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct Factors {
    #[n(0)]
    pub(crate) totp: Option<TotpFactor>,
    #[n(1)]
    pub(crate) addresses: Vec<ProvenAddress>,
    #[n(2)]
    pub(crate) hotp: Option<HotpFactor>,
    #[n(3)]
    pub(crate) backup: Option<BackupSet>,
    #[n(4)]
    pub(crate) pin: Option<PinFactor>,
    #[n(5)]
    pub(crate) security_keys: Vec<StoredKey>,
    /// The invented factor of `tests/tools/rehearsal`, by its key.
    #[cfg(feature = "rehearsal")]
    #[n(99)]
    pub(crate) rehearsal: Option<(Id, super::factor_times::FactorTimes)>,
}

impl Factors {
    /// Returns an iterator over all enrolled factors.
    ///
    /// A new kind of factor does not compile until it is listed here.
    pub(crate) fn each(&self) -> impl Iterator<Item = FactorSummary<'_>> {
        let Self {
            totp,
            addresses,
            hotp,
            backup,
            pin,
            security_keys,
            #[cfg(feature = "rehearsal")]
            rehearsal,
        } = self;
        let of = |kind, times, limiters| FactorSummary::of(kind, times, Some(limiters));
        let totp = totp.iter().flat_map(move |totp| {
            let used_last = last_used(totp.apps().map(|app| app.times));
            totp.apps().enumerate().map(move |(place, app)| FactorSummary {
                id: app.id,
                label: app.label,
                is_further: Some(place) != used_last,
                ..of(FactorKind::Totp, app.times, &totp.limiters)
            })
        });
        let hotp = hotp.iter().map(move |hotp| FactorSummary {
            second_limiters: Some(&hotp.resync),
            is_retired: hotp.is_retired,
            ..of(FactorKind::Hotp, hotp.times, &hotp.limiters)
        });
        let addresses = addresses.iter().map(move |proven| FactorSummary {
            id: ItemId::new(*proven.id),
            address: Some(&proven.address),
            protects: proven.is_factor,
            takes_whatsapp: proven.takes_whatsapp,
            is_withdrawn: proven.is_withdrawn(),
            ..of(proven.address.kind().into(), proven.times, &proven.limiters)
        });
        let backup = backup
            .iter()
            .map(|set| FactorSummary::of(FactorKind::BackupCode, set.times, set.limiters.as_ref()));
        let pin = pin.iter().map(move |pin| of(FactorKind::Pin, pin.times, &pin.limiters));
        let used_last = last_used(security_keys.iter().map(|key| key.times));
        let keys = security_keys.iter().enumerate().map(move |(place, key)| FactorSummary {
            id: ItemId::new(*key.id),
            label: Some(&key.name),
            is_further: Some(place) != used_last,
            ..FactorSummary::of(FactorKind::SecurityKey, key.times, None)
        });
        #[cfg(feature = "rehearsal")]
        let keys = keys.chain(
            rehearsal
                .iter()
                .map(|(_, times)| FactorSummary::of(FactorKind::Rehearsal, *times, None)),
        );
        totp.chain(hotp).chain(addresses).chain(backup).chain(pin).chain(keys)
    }

    /// Returns the failure counts of all enrolled factors. Factors that cannot be guessed have
    /// none.
    pub(crate) fn limiters(&mut self) -> impl Iterator<Item = (FactorKind, &mut LaneLimiters)> {
        let Self {
            totp,
            addresses,
            hotp,
            backup,
            pin,
            security_keys: _,
            #[cfg(feature = "rehearsal")]
                rehearsal: _,
        } = self;
        let backup = backup.iter_mut().flat_map(|set| &mut set.limiters);
        let backup = backup.map(|limiters| (FactorKind::BackupCode, limiters));
        let pin = pin.iter_mut().map(|pin| (FactorKind::Pin, &mut pin.limiters));
        let totp = totp.iter_mut().map(|totp| (FactorKind::Totp, &mut totp.limiters));
        let hotp = hotp.iter_mut().flat_map(|hotp| [&mut hotp.limiters, &mut hotp.resync]);
        let hotp = hotp.map(|limiters| (FactorKind::Hotp, limiters));
        let addresses = addresses.iter_mut();
        let addresses = addresses.map(|a| (a.address.kind().into(), &mut a.limiters));
        totp.chain(hotp).chain(addresses).chain(backup).chain(pin)
    }

    /// Returns whether a second factor is required after a correct first factor.
    ///
    /// A factor that is locked, disabled or forbidden by the policy still protects (STD A-27;
    /// FAILURES 45).
    pub(crate) fn protect(&self) -> bool {
        self.each().any(|factor| factor.protects)
    }

    /// Returns whether this first factor was the only security key.
    pub(crate) fn is_the_only_key(&self, first: &FirstFactor) -> bool {
        self.security_keys.iter().all(|key| first.is_key(&key.id))
    }

    /// Returns the addresses to notify.
    ///
    /// Withdrawn addresses are included. They are last, so that they never take the place of
    /// another address.
    pub(crate) fn notified(&self) -> impl Iterator<Item = &ProvenAddress> {
        let of = |withdrawn| {
            self.addresses.iter().filter(move |proven| proven.is_withdrawn() == withdrawn)
        };
        of(false).chain(of(true))
    }

    /// Returns whether a mailbox is proven that an attacker cannot have planted.
    pub(crate) fn has_mailbox(&self) -> bool {
        let is_mailbox = |proven: &ProvenAddress| {
            proven.address.kind() == AddressKind::Email && !proven.is_withdrawn()
        };
        self.addresses.iter().any(is_mailbox)
    }

    pub(crate) fn by_id(&self, id: &Id) -> Option<&ProvenAddress> {
        self.addresses.iter().find(|proven| proven.id == *id)
    }

    pub(crate) fn by_address(&self, address: &Address) -> Option<&ProvenAddress> {
        self.addresses.iter().find(|proven| proven.address == *address)
    }

    pub(crate) fn by_id_mut(&mut self, id: &Id) -> Option<&mut ProvenAddress> {
        self.addresses.iter_mut().find(|proven| proven.id == *id)
    }
}

/// Returns the place of the factor that was used last; of several, the first.
fn last_used(times: impl Iterator<Item = FactorTimes>) -> Option<usize> {
    let places = times.enumerate();
    let last = places.max_by_key(|(place, times)| (times.last_used_at(), Reverse(*place)));
    last.map(|(place, _)| place)
}

impl HasTimes for Factors {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        self.limiters().for_each(|(_, limiters)| limiters.visit_times(visit));
        self.pin.visit_times(visit);
        self.totp.visit_times(visit);
    }
}
