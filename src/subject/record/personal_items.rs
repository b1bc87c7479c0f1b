//! The personal data in a state, field by field.
//!
//! Every struct is taken apart without `..`, so a new field does not compile until it is shown or
//! withheld. The manual page `personal_data` has the reason for each field that is withheld. The
//! file is long because a test compares it as a whole with that page.

use alloc::{format, string::String, vec::Vec};

use super::{
    addresses::{ProvenAddress, RestsOn},
    backup_set::{BackupSet, StoredBackupCode},
    blocked_clients::{BlockedClient, BlockedClients},
    ceremonies::{AcceptedCeremonies, AcceptedCeremony},
    device::{Device, StoredToken, Trust},
    enrolling::{AddressCount, AddressCounts},
    factor_times::FactorTimes,
    factors::Factors,
    hotp::{HotpFactor, HotpState},
    lane::Lane,
    lease::{Lease, LeaseTarget},
    lifetime::{Cooldown, Lifetime, Span},
    limiter::{LaneLimiters, Limiter},
    open_codes::{EarlierProof, EnrollmentBasis, NewFactor, OpenChallenge, OpenEnrollment},
    outbox::{Outbox, RemovedAddress, Waiting},
    partial_proof::PartialProof,
    past::Past,
    personal_item::PersonalItem,
    pin::{PinFactor, PinReset, Reminder, ResetStage},
    quarantine::Quarantines,
    registration::{OpenRegistration, RegistrationState},
    security_keys::StoredKey,
    send_history::{Backoff, KnownSends, Send, SendHistory},
    sign_in_requests::{DeviceRequest, OpenRequest, SignInRequests, StoredAnswer},
    slow_count::SlowCount,
    state::State,
    stored_code::StoredCode,
    support_code::StoredSupportCode,
    totp::{FurtherApp, TotpFactor},
};
use crate::{
    address::Address, channel::Channel, factor::FactorSet, first_factor::FirstFactor, id::RecordId,
    otp::TotpParameters, time::UnixTime,
};

/// The personal data in a state, and the budgets of the user that the state refers to.
#[derive(Default)]
pub(crate) struct PersonalItems {
    pub(crate) items: Vec<PersonalItem>,
    /// Every address in the state, in any order.
    pub(crate) addresses: Vec<Address>,
    /// Budgets of addresses that the state no longer contains.
    pub(crate) budgets: Vec<RecordId>,
}

impl PersonalItems {
    pub(crate) fn of(state: &State) -> Self {
        let mut all = Self::default();
        all.state(state);
        all
    }

    fn add(&mut self, item: PersonalItem) {
        self.items.push(item);
    }

    /// Returns the text of an address, whose budget belongs to the user.
    fn address<'a>(&mut self, address: &'a Address) -> &'a str {
        self.addresses.push(address.clone());
        address.expose()
    }

    fn state(&mut self, state: &State) {
        let State {
            epoch: _,
            factors,
            enrollments,
            challenges,
            backoff,
            sends,
            enrolling,
            outbox,
            partial_proofs,
            leases,
            quarantines,
            registration,
            blocked_clients,
            ceremonies,
            reset,
            devices,
            sign_in_requests,
            name,
            support_code,
            past,
            compromise,
            notices,
            known_sends,
            mailed_notices,
        } = state;
        let Past { was_imported, was_protected, was_reset } = past;
        let Quarantines { first_factor, new_device, number } = quarantines;
        let account = PersonalItem::new("account")
            .with("user", core::str::from_utf8(name).unwrap_or_default())
            .with("was_imported", *was_imported)
            .with("was_protected", *was_protected)
            .with("was_reset", *was_reset)
            .with_some("first_factor_may_be_undone_until", first_factor.as_ref().map(end))
            .with_some("no_first_pin_until", new_device.as_ref().map(end))
            .with_some("number_is_restricted_until", number.as_ref().map(end))
            .with_some("must_enroll_until", reset.as_ref().map(expiry))
            .with_some("warned_of_the_first_factor_until", compromise.as_ref().map(end));
        self.add(account);
        self.factors(factors);
        devices.iter().for_each(|device| self.device(device));
        enrollments.iter().for_each(|open| self.enrollment(open));
        challenges.iter().for_each(|open| self.challenge(open, factors));
        self.registration(registration);
        partial_proofs.iter().for_each(|partial| self.partial_proof(partial));
        leases.iter().for_each(|lease| self.lease(lease));
        self.sign_in_requests(sign_in_requests);
        if let Some(code) = support_code {
            let StoredSupportCode { selector: _, hash: _, lifetime, is_used, generation: _ } = code;
            let item = PersonalItem::new("support_code").with("is_used", *is_used);
            self.add(with_lifetime(item, lifetime));
        }
        let BlockedClients(blocked) = blocked_clients;
        for BlockedClient { client: _, block } in blocked {
            self.add(PersonalItem::new("blocked_client").with("until", end(block)));
        }
        let AcceptedCeremonies { latest, over_until: _ } = ceremonies;
        for AcceptedCeremony { id: _, issued_at } in latest {
            let item = PersonalItem::new("security_key_ceremony");
            self.add(item.with("issued_at", UnixTime::from_secs(*issued_at)));
        }
        let AddressCounts(counts) = enrolling;
        for AddressCount { address, limiter } in counts {
            // It is the id of the budget of that address.
            self.budgets.push(RecordId::new(**address));
            self.add(with_limiters(PersonalItem::new("incorrect_first_codes"), [Some(limiter)]));
        }
        self.sends("codes_sent", sends, Some(backoff));
        self.sends("notices_texted", notices, None);
        if let Some(KnownSends { backoff, sends }) = known_sends {
            self.sends("codes_sent_at_known_devices", sends, Some(backoff));
        }
        if let Some(mailed) = mailed_notices {
            self.sends("notices_mailed", mailed, None);
        }
        self.outbox(outbox);
    }

    fn factors(&mut self, factors: &Factors) {
        let Factors {
            totp,
            addresses,
            hotp,
            backup,
            pin,
            security_keys,
            #[cfg(feature = "rehearsal")]
                rehearsal: _,
        } = factors;
        if let Some(app) = totp {
            self.totp(app);
        }
        for proven in addresses {
            let ProvenAddress {
                id: _,
                address,
                limiters,
                is_factor,
                times,
                takes_whatsapp,
                rests_on,
            } = proven;
            let item = PersonalItem::new(address.kind().as_str())
                .with("address", self.address(address))
                .with("is_factor", *is_factor)
                .with("takes_whatsapp", *takes_whatsapp)
                .with("rests_on", basis_name(*rests_on));
            self.add(with_lanes(with_times(item, times), [Some(limiters)]));
        }
        if let Some(token) = hotp {
            let HotpFactor { token, limiters, resync, times, is_retired } = token;
            let HotpState { secret: _, parameters: (_, digits), next: _, last: _ } = token;
            let item = PersonalItem::new("hotp")
                .with("digits", u64::from(digits.count()))
                .with("is_retired", *is_retired);
            self.add(with_lanes(with_times(item, times), [Some(limiters), Some(resync)]));
        }
        if let Some(set) = backup {
            let BackupSet { codes, limiters, times, generation: _ } = set;
            let is_left = |code: &&StoredBackupCode| match code {
                StoredBackupCode::Used(_) => false,
                StoredBackupCode::Fresh { selector: _, hash: _ } | StoredBackupCode::Legacy(_) => {
                    true
                }
            };
            let item = PersonalItem::new("backup_codes")
                .with("count", codes.len() as u64)
                .with("left", codes.iter().filter(is_left).count() as u64);
            self.add(with_lanes(with_times(item, times), [limiters.as_ref()]));
        }
        if let Some(pin) = pin {
            self.pin(pin);
        }
        for StoredKey { id: _, name, credential: _, times } in security_keys {
            let item = PersonalItem::new("security_key").with("name", &name[..]);
            self.add(with_times(item, times));
        }
    }

    fn totp(&mut self, apps: &TotpFactor) {
        let TotpFactor {
            secret: _,
            parameters,
            last: _,
            limiters,
            times,
            ahead: _,
            id: _,
            label,
            further,
        } = apps;
        let item = totp_app(label.as_deref(), *parameters, times);
        self.add(with_lanes(item, [Some(limiters)]));
        for app in further {
            let FurtherApp { id: _, secret: _, parameters, last: _, times, ahead: _, label } = app;
            self.add(totp_app(label.as_deref(), *parameters, times));
        }
    }

    fn pin(&mut self, pin: &PinFactor) {
        let PinFactor {
            hash: _,
            limiters,
            times,
            reminder,
            reset,
            rehearsals,
            generation: _,
            next_reset,
        } = pin;
        let Reminder { level, wait } = reminder;
        let item = PersonalItem::new("pin")
            .with("reminders_passed", u64::from(*level))
            .with("remind_at", end(wait))
            .with_some("no_reset_until", next_reset.as_ref().map(end));
        let item = with_lanes(with_times(item, times), [Some(limiters)]);
        self.add(item);
        self.add(with_limiters(PersonalItem::new("pin_rehearsals"), [Some(rehearsals)]));
        if let Some(reset) = reset {
            let PinReset { requested_at, wait, stage, last_day, requested_with } = reset;
            let stage = match stage {
                ResetStage::Begun => "begun",
                ResetStage::HalfOver => "half_over",
                ResetStage::LastDay => "last_day",
            };
            let item = PersonalItem::new("pin_reset")
                .with("requested_at", UnixTime::from_secs(*requested_at))
                .with("stage", stage)
                .with("ends_at", end(wait).max(end(last_day)))
                .with_some("requested_with", requested_with.map(kinds));
            self.add(item);
        }
    }

    fn device(&mut self, device: &Device) {
        let Device {
            id: _,
            series: _,
            label,
            created_at,
            last_used_at,
            rotation: _,
            limiter,
            trust,
        } = device;
        let mut item = PersonalItem::new("device")
            .with("label", &label[..])
            .with("created_at", UnixTime::from_secs(*created_at))
            .with("last_used_at", UnixTime::from_secs(*last_used_at));
        item = with_limiters(item, [Some(limiter)]);
        if let Some(trust) = trust {
            let Trust { first_rotation: _, current, successor, lifetime, push } = trust;
            let since_of = |token: &StoredToken| {
                let StoredToken { hash: _, since, generation: _ } = token;
                UnixTime::from_secs(*since)
            };
            item = item
                .with("token_used_since", since_of(current))
                .with_some("token_renewed_at", successor.as_ref().map(since_of))
                .with_some("push_address", push.as_ref().map(|push| self.address(push)));
            item = with_lifetime(item, lifetime);
        }
        self.add(item);
    }

    fn enrollment(&mut self, open: &OpenEnrollment) {
        let OpenEnrollment { id: _, lifetime, failures, factor, basis } = open;
        let EnrollmentBasis { rests_on, with_pin, first_factor, proof, client: _ } = basis;
        let mut item = PersonalItem::new("enrollment").with("kind", factor.kind().as_str());
        item = match factor {
            NewFactor::Address { address, sent, count: _ } => {
                let item = item.with("address", self.address(address));
                sent_code(item, sent)
            }
            NewFactor::Hotp { token: HotpState { secret: _, parameters: _, next: _, last: _ } } => {
                item
            }
            NewFactor::Totp { secret: _, parameters: _, label } => {
                item.with_some("label", label.as_deref())
            }
        };
        item = item
            .with("failures", u64::from(*failures))
            .with("rests_on", basis_name(*rests_on))
            .with("with_pin", *with_pin);
        if let Some(EarlierProof { at, operation, has_lost_apps: _ }) = proof {
            item = item
                .with("proven_at", UnixTime::from_secs(*at))
                .with("proven_for", operation.as_str());
        }
        item = self.with_first_factor(item, first_factor.as_ref());
        self.add(with_lifetime(item, lifetime));
    }

    fn challenge(&mut self, open: &OpenChallenge, factors: &Factors) {
        let OpenChallenge { address, sent, first_factor, lane } = open;
        let address = factors.by_id(address).map(|proven| proven.address.expose());
        let item = PersonalItem::new("code").with_some("address", address);
        let item = sent_code(item.with("lane", lane_name(*lane)), sent);
        let item = self.with_first_factor(item, first_factor.as_ref());
        self.add(item);
    }

    fn registration(&mut self, registration: &RegistrationState) {
        let RegistrationState { limiter, backoff, sends, open, is_known, client: _, device: _ } =
            registration;
        let item = PersonalItem::new("registration").with("is_known", *is_known);
        self.add(with_limiters(item, [Some(limiter)]));
        self.sends("registration_codes_sent", sends, Some(backoff));
        for OpenRegistration { address, sent, lane } in open {
            let item = PersonalItem::new("registration_code")
                .with("address", self.address(address))
                .with("lane", lane_name(*lane));
            self.add(sent_code(item, sent));
        }
    }

    fn partial_proof(&mut self, partial: &PartialProof) {
        let PartialProof {
            id: _,
            purpose,
            factors,
            client: _,
            lifetime,
            allowed,
            first_factor,
            methods,
            address,
            lane,
        } = partial;
        let item = PersonalItem::new("partial_proof")
            .with("operation", purpose.as_str())
            .with("factors", kinds(*factors))
            .with("allowed", kinds(*allowed))
            .with("methods", methods.names().collect::<Vec<_>>())
            .with_some("address", address.as_ref().map(|address| self.address(address)))
            .with_some("lane", lane.map(lane_name));
        let item = self.with_first_factor(item, first_factor.as_ref());
        self.add(with_lifetime(item, lifetime));
    }

    fn lease(&mut self, lease: &Lease) {
        let Lease { id: _, running, target, lane, purpose, resumes: _, first_factor, effect: _ } =
            lease;
        match target {
            LeaseTarget::BackupCode { mark: _ }
            | LeaseTarget::ProviderCode { code: _, provider_id: _ }
            | LeaseTarget::Pin
            | LeaseTarget::PinRehearsal
            | LeaseTarget::SupportCode => {}
        }
        let item = PersonalItem::new("check")
            .with("kind", target.kind().as_str())
            .with("operation", purpose.as_str())
            .with("lane", lane_name(*lane))
            .with("until", end(running));
        let item = self.with_first_factor(item, first_factor.as_ref());
        self.add(item);
    }

    fn sign_in_requests(&mut self, requests: &SignInRequests) {
        let SignInRequests { limiter, open, unsuccessful, is_off, by_devices } = requests;
        let of_devices = by_devices.iter().flatten().map(|DeviceRequest { device: _, at }| *at);
        let times: Vec<_> = unsuccessful.iter().copied().map(UnixTime::from_secs).collect();
        let item = PersonalItem::new("sign_in_requests")
            .with("is_off", *is_off)
            .with("unsuccessful_at", times)
            .with(
                "unsuccessful_at_known_devices",
                of_devices.map(UnixTime::from_secs).collect::<Vec<_>>(),
            );
        self.add(with_limiters(item, [Some(limiter)]));
        let Some(open) = open else { return };
        let OpenRequest {
            id: _,
            shown: _,
            number: _,
            purpose,
            client: _,
            device,
            location,
            lifetime,
            answer,
            first_factor,
            asked_by: _,
        } = open;
        let answer = match answer {
            StoredAnswer::Approved => "approved",
            StoredAnswer::Cancelled => "cancelled",
            StoredAnswer::ReportedUnrequested => "reported_unrequested",
            StoredAnswer::Waiting => "waiting",
        };
        let item = PersonalItem::new("sign_in_request")
            .with("operation", purpose.as_str())
            .with("device", &device[..])
            .with("location", &location[..])
            .with("answer", answer);
        let item = self.with_first_factor(item, first_factor.as_ref());
        self.add(with_lifetime(item, lifetime));
    }

    fn sends(&mut self, name: &'static str, sends: &SendHistory, backoff: Option<&Backoff>) {
        let SendHistory(sends) = sends;
        let times = sends.iter().map(|Send { id: _, at }| UnixTime::from_secs(*at));
        let mut item = PersonalItem::new(name).with("at", times.collect::<Vec<_>>());
        if let Some(Backoff { count, wait }) = backoff {
            item = item.with("in_a_row", u64::from(*count)).with("next_at", end(wait));
        }
        self.add(item);
    }

    fn outbox(&mut self, outbox: &Outbox) {
        let Outbox(waiting) = outbox;
        for one in waiting {
            let Waiting {
                id: _,
                event,
                at,
                last: _,
                count,
                wait,
                operation,
                is_reported,
                to: _,
                removed,
            } = one;
            let mut addresses = Vec::new();
            for RemovedAddress { address, enrolled_at: _ } in removed {
                addresses.push(self.address(address));
            }
            let item = PersonalItem::new("event")
                .with("name", event.name())
                .with("at", UnixTime::from_secs(*at))
                .with("last_at", one.last_at())
                .with("count", u64::from(*count))
                .with_some("operation", operation.as_ref().map(|one| one.as_str()))
                .with("is_reported", *is_reported)
                .with("next_at", end(wait))
                .with("removed_addresses", addresses);
            self.add(item);
        }
    }

    fn with_first_factor(
        &mut self,
        item: PersonalItem,
        first: Option<&FirstFactor>,
    ) -> PersonalItem {
        let Some(first) = first else { return item };
        match first {
            FirstFactor::Email(address) | FirstFactor::Phone(address) => item
                .with("first_factor", address.kind().as_str())
                .with("first_factor_address", self.address(address)),
            FirstFactor::Federated { amr, address } => item
                .with("first_factor", "federated")
                .with("first_factor_methods", amr.iter().map(|one| &one[..]).collect::<Vec<_>>())
                .with_some(
                    "first_factor_address",
                    address.as_ref().map(|address| self.address(address)),
                ),
            FirstFactor::None => item.with("first_factor", "none"),
            FirstFactor::Passkey { key: _, user_verified, device_bound } => item
                .with("first_factor", "passkey")
                .with("user_verified", *user_verified)
                .with("device_bound", *device_bound),
            FirstFactor::Password => item.with("first_factor", "password"),
        }
    }
}

fn totp_app(label: Option<&str>, parameters: TotpParameters, times: &FactorTimes) -> PersonalItem {
    let item = PersonalItem::new("totp")
        .with_some("label", label)
        .with("digits", u64::from(parameters.digits().count()))
        .with("period", u64::from(parameters.period().as_secs()));
    with_times(item, times)
}

fn sent_code(item: PersonalItem, sent: &StoredCode) -> PersonalItem {
    let StoredCode {
        id: _,
        purpose,
        code: _,
        generation: _,
        earlier,
        challenge_lifetime,
        code_lifetime,
        digits,
        client: _,
        agreement,
        channel,
        tried,
        was_delivered,
        provider: _,
        seen_at,
        fallen: _,
    } = sent;
    let agreed = agreement.as_ref().map(|agreement| {
        let texts = agreement.fields().map(|(name, value)| format!("{name}: {value}"));
        texts.collect::<Vec<String>>()
    });
    let agreed = agreed.as_ref().map(|texts| texts.iter().map(String::as_str).collect::<Vec<_>>());
    let channels = Channel::ALL.into_iter().filter(|channel| tried.contains(*channel));
    item.with("operation", purpose.as_str())
        .with("sent_at", code_lifetime.start())
        .with("code_expires_at", expiry(code_lifetime))
        .with("expires_at", expiry(challenge_lifetime))
        .with("digits", u64::from(*digits))
        .with("codes_sent", earlier.len() as u64 + 1)
        .with("channel", channel.as_str())
        .with("channels", channels.map(Channel::as_str).collect::<Vec<_>>())
        .with("was_delivered", *was_delivered)
        .with_some("seen_at", seen_at.map(UnixTime::from_secs))
        .with_some("agreement", agreed)
}

fn with_times(item: PersonalItem, times: &FactorTimes) -> PersonalItem {
    let FactorTimes { enrolled_at, last_used_at } = times;
    item.with("enrolled_at", UnixTime::from_secs(*enrolled_at))
        .with("last_used_at", UnixTime::from_secs(*last_used_at))
}

fn with_lifetime(item: PersonalItem, lifetime: &Lifetime) -> PersonalItem {
    item.with("began_at", lifetime.start()).with("expires_at", expiry(lifetime))
}

fn with_lanes<const N: usize>(
    item: PersonalItem,
    counts: [Option<&LaneLimiters>; N],
) -> PersonalItem {
    let lanes = counts.into_iter().flatten();
    let limiters =
        lanes.flat_map(|LaneLimiters { passed, anonymous }| [Some(passed), anonymous.as_ref()]);
    with_limiters(item, limiters)
}

/// Adds up the failures of all counts.
fn with_limiters<'a>(
    item: PersonalItem,
    counts: impl IntoIterator<Item = Option<&'a Limiter>>,
) -> PersonalItem {
    let (mut all, mut slow_count, mut locked, mut disabled) = (0, 0, UnixTime::from_secs(0), false);
    for limiter in counts.into_iter().flatten() {
        let Limiter { failures, lock, is_disabled, before_renewal, slow, closed } = limiter;
        all += u64::from(*failures) + u64::from(before_renewal.unwrap_or(0));
        if let Some(SlowCount { sixty_fourths, decayed_to: _ }) = slow {
            slow_count += u64::from(*sixty_fourths) / 64;
        }
        locked = locked.max(end(lock)).max(closed.as_ref().map_or(locked, end));
        disabled |= is_disabled;
    }
    item.with("failures", all)
        .with("failures_of_a_month", slow_count)
        .with("locked_until", locked)
        .with("is_disabled", disabled)
}

fn end(wait: &Cooldown) -> UnixTime {
    let Cooldown { from, secs, ahead: _ } = wait;
    UnixTime::from_secs(*from).plus(u64::from(*secs))
}

fn expiry(lifetime: &Lifetime) -> UnixTime {
    let Lifetime(Span { from, secs }) = lifetime;
    UnixTime::from_secs(*from).plus(u64::from(*secs))
}

fn kinds(factors: FactorSet) -> Vec<&'static str> {
    factors.kinds().map(|kind| kind.as_str()).collect()
}

const fn basis_name(basis: RestsOn) -> &'static str {
    match basis {
        RestsOn::Number => "number",
        RestsOn::Proof => "proof",
        RestsOn::Withdrawn => "withdrawn",
        RestsOn::HostAssertion => "word",
    }
}

const fn lane_name(lane: Lane) -> &'static str {
    match lane {
        Lane::Anonymous => "anonymous",
        Lane::Known(_) => "known",
        Lane::Passed => "passed",
    }
}
