//! The stored TOTP apps.

use alloc::{boxed::Box, string::String, vec::Vec};

use minicbor::{CborLen, Decode, Encode};

use super::{
    clock_fault::{HasTimes, StoredTime},
    factor_times::FactorTimes,
    fields::{Id, parameters, secret, step, unless_default},
    limiter::LaneLimiters,
};
use crate::{
    factor::FactorKind,
    id::ItemId,
    otp::{Step, TotpParameters},
    secret::Secret,
};

/// The enrolled authenticator apps: the first one, and those that were added later.
///
/// One count is for all of them, because each guess is compared with the codes of all.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct TotpFactor {
    #[cbor(n(0), with = "secret")]
    pub(crate) secret: Box<Secret>,
    #[cbor(n(1), with = "parameters")]
    pub(crate) parameters: TotpParameters,
    /// The last step accepted, if there was one. It never decreases (FAILURES 15).
    #[cbor(n(2), with = "step", has_nil)]
    pub(crate) last: Option<Step>,
    #[n(3)]
    pub(crate) limiters: LaneLimiters,
    #[n(4)]
    pub(crate) times: FactorTimes,
    /// A step that a server with a wrong clock accepted, and that is still to come.
    ///
    /// `last` was repaired then, so that later codes are accepted again (law 10). This one was used.
    #[n(5)]
    pub(crate) ahead: Option<u64>,
    /// Absent for an app that was enrolled when there was no other: its time identifies it.
    #[n(6)]
    pub(crate) id: Option<Id>,
    #[n(7)]
    pub(crate) label: Option<String>,
    #[cbor(n(8), with = "unless_default", has_nil)]
    pub(crate) further: Vec<FurtherApp>,
}

/// An app that was added to another one.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct FurtherApp {
    #[n(0)]
    pub(crate) id: Id,
    #[cbor(n(1), with = "secret")]
    pub(crate) secret: Box<Secret>,
    #[cbor(n(2), with = "parameters")]
    pub(crate) parameters: TotpParameters,
    #[cbor(n(3), with = "step", has_nil)]
    pub(crate) last: Option<Step>,
    #[n(4)]
    pub(crate) times: FactorTimes,
    #[n(5)]
    pub(crate) ahead: Option<u64>,
    #[n(6)]
    pub(crate) label: Option<String>,
}

/// One of the apps, to be listed.
pub(crate) struct ListedApp<'a> {
    pub(crate) id: ItemId,
    pub(crate) times: FactorTimes,
    pub(crate) label: Option<&'a str>,
}

/// One of the apps, to be checked or changed.
pub(crate) struct AppMut<'a> {
    pub(crate) id: ItemId,
    pub(crate) secret: &'a Secret,
    pub(crate) parameters: TotpParameters,
    pub(crate) last: &'a mut Option<Step>,
    pub(crate) times: &'a mut FactorTimes,
    pub(crate) ahead: &'a mut Option<u64>,
    pub(crate) label: &'a mut Option<String>,
}

impl TotpFactor {
    /// Returns the number of apps.
    pub(crate) fn count(&self) -> usize {
        1 + self.further.len()
    }

    pub(crate) fn apps(&self) -> impl Iterator<Item = ListedApp<'_>> {
        let Self { times, label, further, .. } = self;
        let first = ListedApp { id: self.first_id(), times: *times, label: label.as_deref() };
        core::iter::once(first).chain(further.iter().map(|app| ListedApp {
            id: ItemId::new(*app.id),
            times: app.times,
            label: app.label.as_deref(),
        }))
    }

    pub(crate) fn apps_mut(&mut self) -> impl Iterator<Item = AppMut<'_>> {
        let id = self.first_id();
        let Self { secret, parameters, last, limiters: _, times, ahead, id: _, label, further } =
            self;
        let parameters = *parameters;
        let first = AppMut { id, secret, parameters, last, times, ahead, label };
        core::iter::once(first).chain(further.iter_mut().map(|app| {
            let FurtherApp { id, secret, parameters, last, times, ahead, label } = app;
            let id = ItemId::new(**id);
            AppMut { id, secret, parameters: *parameters, last, times, ahead, label }
        }))
    }

    /// Removes an app. The count of all stays until the last one is removed.
    ///
    /// Returns whether there was such an app.
    pub(crate) fn remove(apps: &mut Option<Self>, id: &ItemId) -> bool {
        let Some(factor) = apps else { return false };
        let Some(place) = factor.apps().position(|app| app.id == *id) else { return false };
        match place.checked_sub(1) {
            Some(place) => drop(factor.further.remove(place)),
            None if factor.further.is_empty() => *apps = None,
            None => {
                let FurtherApp { id, secret, parameters, last, times, ahead, label } =
                    factor.further.remove(0);
                (factor.id, factor.label) = (Some(id), label);
                (factor.secret, factor.parameters) = (secret, parameters);
                (factor.last, factor.times, factor.ahead) = (last, times, ahead);
            }
        }
        true
    }

    fn first_id(&self) -> ItemId {
        let by_time = || ItemId::of_factor(FactorKind::Totp, self.times.enrolled_at());
        self.id.map_or_else(by_time, |id| ItemId::new(*id))
    }
}

impl HasTimes for TotpFactor {
    fn visit_times(&mut self, visit: &mut dyn FnMut(StoredTime<'_>)) {
        // The factors visit all their limiters.
        for app in self.apps_mut() {
            let AppMut { last, ahead, parameters, id: _, secret: _, times: _, label: _ } = app;
            let period = parameters.period().as_secs().into();
            visit(StoredTime::Step { last, ahead, period });
        }
    }
}
