//! Codes sent to a phone number or an email address.

use alloc::{boxed::Box, vec::Vec};

use subtle::{Choice, ConstantTimeEq as _};

use super::{
    Attempt, Caller, check_digits,
    slow_task::{Legacy, SlowAttempt, SlowTask},
};
use crate::{
    address::Address,
    channel::{Channel, ChannelSet},
    code::Code,
    denial::{Denial, Reason},
    id::RecordId,
    keys::{CodeBinding, Generation, Keys},
    moment::Moment,
    policy::{CHALLENGE_LIFE, Policy},
    purpose::{Agreement, Operation},
    remote::RemoteId,
    subject::record::{
        addresses::{ProvenAddress, RestsOn},
        client_binding::ClientBinding,
        factor_times::FactorTimes,
        factors::Factors,
        lease::LeaseTarget,
        lifetime::Lifetime,
        limiter::LaneLimiters,
        stored_code::{ProviderCode, StoredCode},
    },
    wiped::Wiped,
};

/// The values to which a code is bound in addition to its challenge, and how it is generated.
pub(crate) struct CodeContext<'a> {
    pub(crate) keys: &'a Keys,
    pub(crate) policy: &'a Policy,
    pub(crate) record: &'a RecordId,
    pub(crate) address: &'a str,
}

/// The purpose and the target of a new challenge.
pub(crate) struct NewChallenge<'a> {
    pub(crate) purpose: Operation,
    pub(crate) agreement: Option<&'a Agreement>,
    pub(crate) client: ClientBinding,
}

/// The channel of a code, and whether the provider generates the code.
#[derive(Clone, Copy)]
pub(crate) struct Transport {
    pub(crate) channel: Channel,
    pub(crate) is_remote: bool,
}

/// Begins a challenge with its first code.
///
/// The returned code is `None` if the provider generates it.
pub(crate) fn begin(
    challenge: &NewChallenge<'_>,
    context: &CodeContext<'_>,
    transport: Transport,
    moment: &mut Moment,
) -> (StoredCode, Option<Box<Code>>) {
    let mut stored = StoredCode {
        id: moment.bytes().into(),
        challenge_lifetime: Lifetime::new(moment.now(), CHALLENGE_LIFE),
        client: challenge.client,
        agreement: challenge.agreement.cloned(),
        generation: context.keys.newest_pepper().0,
        ..empty(challenge.purpose)
    };
    let code = generate(&mut stored, context, transport, moment);
    (stored, code)
}

/// Generates another code, which replaces the earlier one (STD O-03, FAILURES 11).
pub(crate) fn begin_again(
    stored: &mut StoredCode,
    context: &CodeContext<'_>,
    transport: Transport,
    moment: &mut Moment,
) -> Option<Box<Code>> {
    stored.earlier.push(stored.code);
    if context.keys.pepper(stored.generation).is_none() {
        // Its generation was dropped, so the earlier codes match nothing.
        (stored.generation, _) = context.keys.newest_pepper();
    }
    generate(stored, context, transport, moment)
}

fn generate(
    stored: &mut StoredCode,
    context: &CodeContext<'_>,
    transport: Transport,
    moment: &mut Moment,
) -> Option<Box<Code>> {
    stored.channel = transport.channel;
    stored.tried = stored.tried.with(transport.channel);
    stored.was_delivered = false;
    let digits = context.policy.code_digits();
    stored.digits = digits;
    stored.seen_at = None;
    stored.code_lifetime = Lifetime::new(moment.now(), context.policy.code_secs());
    if transport.is_remote {
        (stored.provider, stored.code) = (Some(ProviderCode::Starting), (*moment.secret()).into());
        return None;
    }
    stored.provider = None;
    let number = moment.below(10_u64.pow(u32::from(digits)));
    let code = Box::new(Code::decimal(number, usize::from(digits)));
    stored.code = hash(stored, context, code.expose()).into();
    Some(code)
}

/// A proven address to add.
pub(crate) struct NewAddress {
    pub(crate) address: Address,
    pub(crate) is_factor: bool,
    pub(crate) rests_on: RestsOn,
}

/// Whether the record contained an address before it was proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    No,
    Proven,
    /// The address was proven, and has been withdrawn since.
    Withdrawn,
}

/// Adds a proven address, and returns whether it was known before.
pub(crate) fn confirm(factors: &mut Factors, new: NewAddress, moment: &mut Moment) -> Known {
    let NewAddress { address, is_factor, rests_on } = new;
    let known = match factors.by_address(&address) {
        None => Known::No,
        Some(proven) if proven.is_withdrawn() => Known::Withdrawn,
        Some(_) => Known::Proven,
    };
    factors.addresses.retain(|proven| proven.address != address);
    factors.addresses.push(ProvenAddress {
        // The id is new, so that challenges of the old entry do not find the address.
        id: moment.bytes().into(),
        address,
        limiters: LaneLimiters::new(),
        is_factor,
        times: FactorTimes::new(moment.now()),
        takes_whatsapp: false,
        rests_on,
    });
    known
}

/// Returns an error unless `typed` could be a sent code of any permitted length.
pub(crate) fn check_form(typed: &str) -> Result<(), Denial> {
    check_digits(typed, 6..=10)
}

/// Checks the code of a challenge.
///
/// The code is compared before any other check, so that every refusal costs the same.
pub(crate) fn check(
    stored: &StoredCode,
    context: &CodeContext<'_>,
    typed: &str,
    caller: &Caller,
) -> Attempt {
    let comparison = compare(stored, context, typed);
    let is_dropped = context.keys.pepper(stored.generation).is_none();
    if let Some(reason) = caller.mismatch(stored.purpose(), &stored.client) {
        return Attempt::Refused(reason);
    }
    if is_dropped || stored.is_expired(caller.now) {
        return Attempt::Refused(Reason::Expired);
    }
    if usize::from(stored.digits) != typed.len() {
        return Attempt::Refused(Reason::Malformed);
    }
    match (comparison, &stored.provider) {
        // A code from a late message is not a guess, and needs no request to the provider.
        (Comparison::Earlier, _) => Attempt::Refused(Reason::Superseded),
        (_, Some(ProviderCode::Started(id))) => check_at_provider(stored, id, typed),
        // The provider has not returned an id, or another code has replaced this one.
        (_, Some(ProviderCode::Released | ProviderCode::Starting)) => {
            Attempt::Refused(Reason::NotFound)
        }
        (Comparison::Correct, None) => Attempt::Correct,
        (Comparison::Incorrect, None) => Attempt::Incorrect,
    }
}

/// Does the same work as [`check`] if there is no challenge.
///
/// Otherwise, timing would reveal that no challenge exists (law 8).
pub(crate) fn dummy_check(context: &CodeContext<'_>, typed: &str) {
    let comparison = compare(&empty(Operation::SignIn), context, typed);
    core::hint::black_box(comparison == Comparison::Incorrect);
}

/// Removes an address, and returns whether it was proven.
pub(crate) fn remove(factors: &mut Factors, address: &Address) -> bool {
    let addresses = &mut factors.addresses;
    let place = addresses.iter().position(|proven| proven.address == *address);
    place.map(|place| addresses.remove(place)).is_some()
}

fn check_at_provider(stored: &StoredCode, id: &RemoteId, typed: &str) -> Attempt {
    let task = SlowTask {
        typed: Wiped::new([0; 32]),
        against: Vec::new(),
        legacy: Legacy::default(),
        remote: Some((id.clone(), Wiped::new(typed.into()))),
        renewal: None,
    };
    let target = LeaseTarget::ProviderCode { code: stored.id, provider_id: id.clone() };
    Attempt::Slow(Box::new(SlowAttempt { target, task, refusal: None }))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Correct,
    Earlier,
    Incorrect,
}

/// Compares `typed` with every code of the challenge, even after a match (law 9).
fn compare(stored: &StoredCode, context: &CodeContext<'_>, typed: &str) -> Comparison {
    let hash = hash(stored, context, typed);
    let is_newest = hash.ct_eq(&*stored.code);
    let is_earlier =
        stored.earlier.iter().fold(Choice::from(0), |any, one| any | hash.ct_eq(&**one));
    match (bool::from(is_newest), bool::from(is_earlier)) {
        (true, _) => Comparison::Correct,
        (false, true) => Comparison::Earlier,
        (false, false) => Comparison::Incorrect,
    }
}

/// Returns the keyed hash of `typed` as a code of this challenge (law 4).
fn hash(stored: &StoredCode, context: &CodeContext<'_>, typed: &str) -> [u8; 32] {
    let bound = CodeBinding {
        record: context.record,
        challenge: &stored.id,
        purpose: stored.purpose(),
        address: context.address,
        client: stored.client.hash(),
    };
    let pepper = context.keys.pepper(stored.generation);
    // The check of a code whose generation was dropped costs the same (law 8).
    let pepper = pepper.unwrap_or_else(|| context.keys.newest_pepper().1);
    pepper.code_hash(typed, &bound)
}

/// Returns a challenge without a code.
pub(in crate::subject) fn empty(purpose: Operation) -> StoredCode {
    StoredCode {
        id: [0; 16].into(),
        purpose,
        code: [0; 32].into(),
        earlier: Vec::new(),
        challenge_lifetime: Lifetime::ended(),
        code_lifetime: Lifetime::ended(),
        digits: 0,
        client: ClientBinding::default(),
        agreement: None,
        channel: Channel::Sms,
        tried: ChannelSet::default(),
        was_delivered: false,
        provider: None,
        seen_at: None,
        fallen: None,
        generation: Generation::FIRST,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        client::Client, id::SubjectId, subject::record::client_binding::PresentedClient,
        time::UnixTime,
    };

    /// Law 4: the keyed hash binds the code, in addition to the checks of the record.
    #[test]
    fn code_of_another_challenge_is_incorrect() {
        let keys = Keys::new(core::array::from_fn(|at| at as u8));
        let record = |id: &str| keys.subject_record(&SubjectId::new(id).unwrap());
        let (alice, bob) = (record("alice"), record("bob"));
        let binding = |client: u8| {
            let client = Client::new([client; 16]).unwrap();
            PresentedClient::of(&keys, Some(&client), &alice).binding()
        };
        let mut moment = Moment::new(UnixTime::from_secs(1_800_000_000), [1; 32]);
        let policy = Policy::default();
        let context =
            |record, address| CodeContext { keys: &keys, policy: &policy, record, address };
        let (here, number) = (binding(1), "+14155550100");
        let new = NewChallenge { purpose: Operation::SignIn, agreement: None, client: here };
        let transport = Transport { channel: Channel::Sms, is_remote: false };
        let (stored, code) = begin(&new, &context(&alice, number), transport, &mut moment);
        let code = code.unwrap();
        let compared = |stored: &StoredCode, record, address| {
            compare(stored, &context(record, address), code.expose())
        };
        assert_eq!(compared(&stored, &alice, number), Comparison::Correct);
        assert_eq!(compared(&stored, &bob, number), Comparison::Incorrect);
        assert_eq!(compared(&stored, &alice, "+14155550101"), Comparison::Incorrect);
        let moved = |id, purpose, client| {
            let other = StoredCode { id, client, code: stored.code, ..empty(purpose) };
            compared(&other, &alice, number)
        };
        assert_eq!(moved(stored.id, Operation::SignIn, here), Comparison::Correct);
        for (id, purpose, client) in [
            (stored.id, Operation::SignIn, binding(2)),
            (stored.id, Operation::SignIn, ClientBinding::default()),
            (stored.id, Operation::StepUp, here),
            ([9; 16].into(), Operation::SignIn, here),
        ] {
            assert_eq!(moved(id, purpose, client), Comparison::Incorrect);
        }
    }
}
