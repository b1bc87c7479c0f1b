//! Personal data over random states.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a failed test may panic")]

use alloc::{format, string::String, vec::Vec};
use std::fs;

use proptest::prelude::*;

use super::*;
use crate::{
    address::Address,
    first_factor::FirstFactor,
    keys::{Keys, RecordKind},
    moment::Moment,
    policy::Policy,
    purpose::Operation,
    record::{Record, Version},
    remote::RemoteId,
    secret::Secret,
    subject::{
        Opened,
        record::{
            backup_set::StoredBackupCode,
            codec::decode_exactly,
            lane::Lane,
            lease::{Lease, LeaseTarget},
            lifetime::Cooldown,
            limiter::FailureEffect,
            open_codes::NewFactor,
            state::State,
            stored_code::ProviderCode,
        },
    },
    time::UnixTime,
};

const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;

fn golden_keys() -> Keys {
    Keys::new(*b"a root of thirty-two bytes, kept")
}

/// The plaintext of each golden record of a subject.
fn golden() -> Vec<Vec<u8>> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/format_1.txt");
    let text = fs::read_to_string(file).unwrap();
    let subject = |line: &str| {
        let fields: Vec<&str> = line.strip_prefix("record ")?.split(' ').collect();
        let [id, version, bytes] = fields[..] else { panic!("three fields") };
        let (mut raw, mut sealed) = ([0; 16], alloc::vec![0; bytes.len() / 2]);
        crate::hex::decode_into(id, &mut raw).unwrap();
        crate::hex::decode_into(bytes, &mut sealed).unwrap();
        let (id, version) = (RecordId::new(raw), Version::new(version.parse().unwrap()));
        let record = Record::new(version, sealed);
        let opened = golden_keys().open_record((RecordKind::Subject, &id), &record).ok()?;
        Some(opened.plain.to_vec())
    };
    text.lines().filter_map(subject).collect()
}

/// What golden records lack: hashes of another application, and codes of a provider.
fn extended(plain: &[u8]) -> Vec<u8> {
    let mut state: State = decode_exactly(plain).unwrap();
    let id = || RemoteId::from_record("VE01".into());
    if let Some(set) = &mut state.factors.backup {
        set.codes.push(StoredBackupCode::Legacy("$2a$12$".into()));
    }
    for open in &mut state.challenges {
        open.sent.provider = Some(ProviderCode::Started(id()));
    }
    state.leases.push(Lease {
        id: [1; 16].into(),
        running: Cooldown::none(),
        target: LeaseTarget::ProviderCode { code: [2; 16].into(), provider_id: id() },
        lane: Lane::Known([3; 16].into()),
        purpose: Operation::SignIn,
        resumes: Some([4; 16].into()),
        first_factor: Some(FirstFactor::Email(Address::email("a@example.com").unwrap())),
        effect: FailureEffect::Counted,
    });
    minicbor::to_vec(&state).unwrap()
}

/// The plaintext of states with everything that is shown or withheld.
fn states() -> Vec<Vec<u8>> {
    let golden = golden();
    let extended: Vec<_> = golden.iter().map(|plain| extended(plain)).collect();
    golden.into_iter().chain(extended).collect()
}

/// Random content for the strings of a state, and what was put in.
struct Marks<'r> {
    random: &'r mut dyn FnMut() -> u8,
    texts: Vec<String>,
    bytes: Vec<Vec<u8>>,
}

impl Marks<'_> {
    fn letters(&mut self, length: usize) -> String {
        (0..length).map(|_| char::from(b'a' + (self.random)() % 26)).collect()
    }

    /// Copies the item at `at` with other strings, and returns where the next one begins.
    fn copy(&mut self, plain: &[u8], at: usize, out: &mut Vec<u8>) -> usize {
        let (major, short) = (plain[at] >> 5, plain[at] & 31);
        let width = match short {
            24 => 1,
            25 => 2,
            26 => 4,
            27 => 8,
            _ => 0,
        };
        let content = at + 1 + width;
        let wide = plain[at + 1..content].iter();
        let argument = match width {
            0 => usize::from(short),
            _ => wide.fold(0, |all, byte| all << 8 | usize::from(*byte)),
        };
        match major {
            TEXT => {
                let length = 12 + usize::from((self.random)() % 12);
                let text = self.letters(length);
                out.push(TEXT << 5 | length as u8);
                out.extend(text.bytes());
                self.texts.push(text);
                content + argument
            }
            BYTES => {
                let old = &plain[content..content + argument];
                out.extend(&plain[at..content]);
                // The user id is among the byte strings.
                let new = if old.iter().all(u8::is_ascii_graphic) {
                    self.letters(argument).into_bytes()
                } else {
                    old.iter().map(|_| (self.random)()).collect()
                };
                out.extend(&new);
                self.bytes.push(new);
                content + argument
            }
            ARRAY | MAP => {
                out.extend(&plain[at..content]);
                let count = argument * if major == MAP { 2 } else { 1 };
                (0..count).fold(content, |next, _| self.copy(plain, next, out))
            }
            _ => {
                out.extend(&plain[at..content]);
                content
            }
        }
    }
}

/// Texts of a state that must not be shown: hashes, and ids at a provider.
fn withheld(state: &State) -> Vec<String> {
    let codes = state.factors.backup.iter().flat_map(|set| &set.codes);
    let hashes = codes.filter_map(|code| match code {
        StoredBackupCode::Legacy(hash) => Some(hash.clone()),
        _ => None,
    });
    let enrolling = state.enrollments.iter().filter_map(|open| match &open.factor {
        NewFactor::Address { sent, .. } => Some(sent),
        _ => None,
    });
    let registering = state.registration.open.iter().map(|open| &open.sent);
    let sent = state.challenges.iter().map(|open| &open.sent).chain(enrolling).chain(registering);
    let ids = sent.filter_map(|sent| match &sent.provider {
        Some(ProviderCode::Started(id)) => Some(id.as_str().into()),
        _ => None,
    });
    let leased = state.leases.iter().filter_map(|lease| match &lease.target {
        LeaseTarget::ProviderCode { provider_id, .. } => Some(provider_id.as_str().into()),
        _ => None,
    });
    hashes.chain(ids).chain(leased).collect()
}

/// Every form in which bytes could appear.
fn forms(bytes: &[u8]) -> Vec<String> {
    use base64ct::Encoding as _;

    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let crockford = base32::encode(base32::Alphabet::Crockford, bytes);
    let mut forms = alloc::vec![
        hex.to_uppercase(),
        hex,
        base32::encode(base32::Alphabet::Rfc4648 { padding: false }, bytes),
        crockford.to_lowercase(),
        crockford,
        base64ct::Base64Unpadded::encode_string(bytes),
        base64ct::Base64UrlUnpadded::encode_string(bytes),
        format!("{bytes:?}").trim_matches(['[', ']']).into(),
        format!("{bytes:?}").replace(' ', "").trim_matches(['[', ']']).into(),
    ];
    forms.extend(String::from_utf8(bytes.into()));
    forms
}

fn data_of(keys: &Keys, state: State) -> PersonalData {
    let (policy, alice) = (Policy::default(), SubjectId::new("alice").unwrap());
    let moment = Moment::new(UnixTime::from_secs(1_800_000_000), [1; 32]);
    let opened = Subject::open(keys, &policy, &alice, None, moment);
    let Ok(Opened::Ready(mut subject)) = opened else { panic!("nothing is stored") };
    *subject.state = state;
    subject.context.version = Some(Version::new(7));
    subject.personal_data()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// What the user typed or is called is shown; no secret, hash or id is.
    #[test]
    fn random_state_shows_each_text_and_no_bytes(seed in any::<u64>()) {
        let mut at = seed | 1;
        let mut random = move || {
            at = at.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (at >> 33) as u8
        };
        for plain in states() {
            let mut marks = Marks { random: &mut random, texts: Vec::new(), bytes: Vec::new() };
            let mut changed = Vec::new();
            marks.copy(&plain, 0, &mut changed);
            let state: State = decode_exactly(&changed).expect("a record takes every string");
            let (withheld, name) = (withheld(&state), state.name.to_vec());
            let data = data_of(&golden_keys(), state);
            let json = serde_json::to_string(data.items()).unwrap();
            for shown in [json, format!("{data}")] {
                for text in &marks.texts {
                    let is_withheld = withheld.contains(text);
                    prop_assert_eq!(shown.contains(text), !is_withheld, "{} in {}", text, shown);
                }
                prop_assert!(shown.contains(core::str::from_utf8(&name).unwrap()));
                for bytes in marks.bytes.iter().filter(|bytes| bytes.len() >= 4 && **bytes != name) {
                    for form in forms(bytes) {
                        prop_assert!(!shown.contains(&form), "{} in {}", form, shown);
                    }
                }
            }
            prop_assert_eq!(format!("{data:?}"), "PersonalData(redacted)");
        }
    }

    /// The forms above are those of a secret.
    #[test]
    fn forms_include_those_of_secrets(bytes in proptest::collection::vec(any::<u8>(), 16..64)) {
        let secret = Secret::new(&bytes).unwrap();
        prop_assert!(forms(&bytes).contains(&secret.expose_base32().expose().into()));
    }
}

#[test]
fn states_have_texts_to_hide_and_to_show() {
    let (mut hidden, mut shown) = (0, 0);
    for plain in states() {
        let state: State = decode_exactly(&plain).unwrap();
        hidden += withheld(&state).len();
        shown += data_of(&golden_keys(), state).items().len();
    }
    assert!(hidden > 2 && shown > 40, "{hidden} {shown}");
}

#[test]
fn subject_without_a_record_has_no_items() {
    let (keys, policy) = (golden_keys(), Policy::default());
    let alice = SubjectId::new("alice").unwrap();
    let moment = Moment::new(UnixTime::from_secs(1_800_000_000), [1; 32]);
    let opened = Subject::open(&keys, &policy, &alice, None, moment);
    let Ok(Opened::Ready(subject)) = opened else { panic!("nothing is stored") };
    let data = subject.personal_data();
    assert!(data.items().is_empty() && format!("{data}").is_empty());
    assert_eq!(*data.record(), keys.subject_record(&alice));
    let json = serde_json::to_value(&data).unwrap();
    assert_eq!(json["user"], "alice");
    assert_eq!(json["record"], format!("{}", data.record()));
}

#[test]
fn shown_failures_include_those_before_a_renewal() {
    for (failures, before_renewal) in [(0, None), (3, None), (3, Some(0)), (3, Some(2))] {
        let mut state = State::new();
        let limiter = &mut state.registration.limiter;
        (limiter.failures, limiter.before_renewal) = (failures, before_renewal);
        let row = limiter.row();
        let json = serde_json::to_value(data_of(&golden_keys(), state).items()).unwrap();
        let items = json.as_array().unwrap();
        let shown = items.iter().find(|item| item["item"] == "registration").unwrap();
        assert_eq!(shown["failures"], row);
    }
}

/// What is shown of golden records and of what they lack: a change is seen in review.
fn listed() -> String {
    let states = states().into_iter().map(|plain| decode_exactly(&plain).unwrap());
    let texts = states.map(|state| format!("{}\n", data_of(&golden_keys(), state)));
    texts.collect()
}

const LISTING: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/personal_data.txt");

#[test]
fn data_of_golden_records_is_as_listed() {
    let listing = fs::read_to_string(LISTING).unwrap();
    for (number, (is, should)) in listed().lines().zip(listing.lines()).enumerate() {
        assert_eq!(is, should, "line {}", number + 1);
    }
    assert_eq!(listed().len(), listing.len());
}

/// Run `cargo test --lib write_personal_data -- --ignored` after the text was changed.
#[test]
#[ignore = "writes the file that the other test reads"]
fn write_personal_data() {
    fs::write(LISTING, listed()).unwrap();
}
