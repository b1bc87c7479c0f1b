//! Names of enrolled factors and known devices.

use alloc::string::String;

use super::{authority::Authority, permissions::check_authority};
use crate::{
    denial::{Denial, Reason},
    id::ItemId,
    subject::{
        decision::{subject::Subject, transition::Decision},
        record::{label::shortened, state::State, totp::TotpFactor},
    },
};

/// Names an authenticator app, a security key or a known device.
pub(crate) fn rename(
    mut subject: Subject<'_>,
    authority: &Authority,
    item: &ItemId,
    name: &str,
) -> Decision<()> {
    check_authority(&subject, authority)?;
    let name = shortened(name);
    if name.trim().is_empty() {
        return Err(Denial::new(Reason::Malformed));
    }
    if !set_name(&mut subject.state, item, name) {
        return Err(Denial::new(Reason::NotFound));
    }
    Ok(subject.commit(Ok(())))
}

/// Sets the name of the item with this id, and returns whether there is one that has a name.
fn set_name(state: &mut State, item: &ItemId, name: String) -> bool {
    let mut apps = state.factors.totp.iter_mut().flat_map(TotpFactor::apps_mut);
    if let Some(app) = apps.find(|app| app.id == *item) {
        *app.label = Some(name);
        return true;
    }
    drop(apps);
    let mut keys = state.factors.security_keys.iter_mut();
    if let Some(key) = keys.find(|key| *key.id == *item.as_bytes()) {
        key.name = name;
        return true;
    }
    let mut devices = state.devices.iter_mut();
    if let Some(device) = devices.find(|device| *device.id == *item.as_bytes()) {
        device.label = name;
        return true;
    }
    false
}
