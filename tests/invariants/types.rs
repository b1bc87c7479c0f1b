//! Traits that public types must not have.
//!
//! Proofs of authority are not copied or deserialized. Secrets are not printed, compared or
//! serialized.
//!
//! The compiler answers whether a type has a trait: an inherent associated constant takes
//! precedence over a trait's, and exists only where the bound holds. So a trait added by mistake
//! fails a named test, in every compiler alike. Code that must not compile is in `manual::types`.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use alloc::collections::BTreeSet;
use core::{fmt, hash::Hash, marker::PhantomData};
use std::{fs, path::Path};

use second_factor::{
    Address, BackupCodes, Challenge, Client, CodeRequest, DeviceToken, Enrollment, Grant, Handle,
    ItemId, Keys, MemoryStorage, Message, NewDevice, Proof, Secret, SignIn, SubjectId, Verified,
    Verifier,
    delivery::RemoteStart,
    enrollment::{Authority, Enroller, HotpToken, Import, NewPin, NewSecurityKey, NewTotp},
    gateway::{Body, Credential, push::PushRequest},
    host::{Occurrence, SendContext},
    message::{
        AppHash, Language, Push,
        voice::{Call, Script},
    },
    otp::{Code, Hotp, KeyUri, Migration, MigrationEntry, Steam, Totp},
    proof::{
        Ceremony, CeremonyRequest, CeremonyText, PendingRequest, RequestAnswer, RequestedFrom,
        SecurityKeyOutcome, SignInRequest,
    },
    purpose::{Agreement, AgreementHash},
    qr::QrCode,
    sans_io::{
        CeremonyState, Conversion, Drawn, Hashed, Moment, NewSupportCode, Notice, Proven, Settled,
        SlowCheck, SlowResult, Subject, TotpAccount, Transition,
    },
    secret::{Base32Text, SecretBytes, SecretText},
    sign_in::{Confirmed, Recognized, Registered, Unprotected},
    status::{FactorStatus, KnownDevice, SecurityKey},
    storage::{Record, RecordId},
    testkit::SeededEntropy,
    verifier::{
        ExportedSecrets, ExportedTotp, PersonalData, PersonalItem, PersonalValue, VerifierBuilder,
    },
};
use serde_core::{Deserialize, Serialize};

macro_rules! has {
    ($type:ty: $($bound:tt)+) => {{
        #[allow(dead_code, reason = "unused where the bound holds")]
        trait Without {
            const HAS: bool = false;
        }
        struct Whether<T: ?Sized>(PhantomData<T>);
        impl<T: ?Sized> Without for Whether<T> {}
        #[allow(dead_code, reason = "unused where the bound does not hold")]
        impl<T: ?Sized + $($bound)+> Whether<T> {
            const HAS: bool = true;
        }
        <Whether<$type>>::HAS
    }};
}

macro_rules! traits {
    ($($type:ty),+ $(,)?) => {
        [$((stringify!($type), traits_of!($type))),+]
    };
}

macro_rules! traits_of {
    ($type:ty) => {{
        let all = [
            ("AsRef<[u8]>", has!($type: AsRef<[u8]>)),
            ("AsRef<str>", has!($type: AsRef<str>)),
            ("Clone", has!($type: Clone)),
            ("Default", has!($type: Default)),
            ("Deserialize", has!($type: for<'de> Deserialize<'de>)),
            ("Display", has!($type: fmt::Display)),
            ("Hash", has!($type: Hash)),
            ("Into<String>", has!($type: Into<String>)),
            ("Into<Vec<u8>>", has!($type: Into<Vec<u8>>)),
            ("LowerHex", has!($type: fmt::LowerHex)),
            ("PartialEq", has!($type: PartialEq)),
            ("PartialOrd", has!($type: PartialOrd)),
            ("Serialize", has!($type: Serialize)),
        ];
        all.into_iter().filter(|(_, has)| *has).map(|(name, _)| name).collect::<Vec<_>>()
    }};
}

#[test]
fn failure_042_verified_types_cannot_be_copied_or_built() {
    for (name, has) in all() {
        if ["Confirmed", "Proven", "Recognized", "Registered", "Unprotected", "Verified"]
            .contains(&name)
        {
            assert_eq!(has, Vec::<&str>::new(), "{name}");
        }
    }
    assert_eq!(traits_of!(SignIn), Vec::<&str>::new());
}

#[test]
fn failure_065_no_secret_type_prints_or_serializes() {
    let reported = [
        "Agreement",
        "Handle",
        "ItemId",
        "Language",
        "PersonalData",
        "PersonalItem",
        "PersonalValue",
        "RecordId",
        "SubjectId",
    ];
    // For forms, sessions and requests of access. They are names and addresses, and permit nothing.
    let stored = [
        "Address",
        "Handle",
        "ItemId",
        "PersonalData",
        "PersonalItem",
        "PersonalValue",
        "SubjectId",
    ];
    for (name, has) in all() {
        let serde = has.contains(&"Serialize") || has.contains(&"Deserialize");
        assert!(!serde || stored.contains(&name), "{name}: {has:?}");
        let text = ["AsRef<str>", "Into<String>", "Into<Vec<u8>>", "LowerHex"];
        assert!(!text.iter().any(|one| has.contains(one)), "{name}: {has:?}");
        assert!(!has.contains(&"Display") || reported.contains(&name), "{name}: {has:?}");
    }
}

#[test]
fn failure_083_no_secret_type_has_partial_eq() {
    // A comparison that stops at the first difference must not compare secrets. These are names,
    // addresses, personal data without secrets, text for users, and sealed bytes.
    let names = [
        "Address",
        "Agreement",
        "AgreementHash",
        "AppHash",
        "Handle",
        "ItemId",
        "Language",
        "PersonalItem",
        "PersonalValue",
        "Record",
        "RecordId",
        "SubjectId",
    ];
    for (name, has) in all() {
        let compares = ["Hash", "PartialEq", "PartialOrd"].iter().any(|one| has.contains(one));
        assert!(!compares || names.contains(&name), "{name}: {has:?}");
    }
}

#[test]
fn redacted_types_have_exactly_these_traits() {
    let rows: Vec<String> = all()
        .into_iter()
        .map(|(name, has)| format!("{name}: {}", has.join(" ")).trim_end_matches([':', ' ']).into())
        .collect();
    assert_eq!(rows.join("\n"), TRAITS.trim());
}

#[test]
fn every_type_with_its_own_debug_is_listed() {
    // A type that writes its own `Debug` hides something.
    let mut hiding = BTreeSet::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("testkit") {
                folders.push(path);
            } else if path.is_file() {
                let text = fs::read_to_string(path).unwrap();
                let mut own = own_debug(&text);
                own.retain(|name| !text.contains(&format!("pub(crate) struct {name} ")));
                hiding.extend(own);
            }
        }
    }
    let asked: BTreeSet<String> = all().iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(hiding, asked);
}

#[test]
fn values_of_a_request_can_be_sent_to_another_task() {
    const fn is_owned<T: Send + 'static>() {}
    is_owned::<Client>();
    is_owned::<CodeRequest>();
    is_owned::<DeviceToken>();
    is_owned::<Grant>();
    is_owned::<NewDevice>();
    is_owned::<Proof>();
    is_owned::<SignIn>();
    is_owned::<Verifier>();
    let proof = Proof::totp(String::from("123 456")).trusting(NewDevice::new("Firefox"));
    let sent = std::thread::spawn(move || format!("{:?}", proof.clone())).join();
    assert_eq!(sent.unwrap(), "Proof(totp)");
}

#[test]
fn trait_probe_detects_present_traits() {
    let text = [
        "AsRef<[u8]>",
        "AsRef<str>",
        "Clone",
        "Default",
        "Display",
        "Hash",
        "Into<String>",
        "Into<Vec<u8>>",
        "PartialEq",
        "PartialOrd",
    ];
    assert!(text.iter().all(|name| traits_of!(String).contains(name)));
    assert_eq!(
        traits_of!(u64),
        [
            "Clone",
            "Default",
            "Deserialize",
            "Display",
            "Hash",
            "LowerHex",
            "PartialEq",
            "PartialOrd",
            "Serialize"
        ]
    );
    assert_eq!(traits_of!(second_factor::secret::SecretText), Vec::<&str>::new());
}

/// The types after `fmt::Debug for`, and within `redacted!(…)` and `getters!(…)`, without their
/// parameters.
fn own_debug(text: &str) -> Vec<String> {
    let by_hand = text.lines().filter_map(|line| {
        let name = line.strip_prefix("impl")?.split_once("fmt::Debug for ")?.1;
        Some(name.split(['<', ' ']).next()?.to_owned())
    });
    let uses = ["\nredacted!(", "\ngetters!("].map(|name| text.split(name).skip(1));
    let by_macro = uses.into_iter().flatten().flat_map(|rest| {
        let names = rest.split(");").next().unwrap_or_default().split(',').map(str::trim);
        names.filter(|name| !name.is_empty()).map(|name| name.split('<').next().unwrap().to_owned())
    });
    by_hand.chain(by_macro).collect()
}

/// The types that write their own `Debug`, and which of the probed traits each has.
fn all() -> Vec<(&'static str, Vec<&'static str>)> {
    let all = traits![
        Address,
        Agreement,
        AgreementHash,
        AppHash,
        SendContext<'_>,
        Authority,
        BackupCodes,
        Base32Text,
        Body,
        Call,
        Ceremony,
        Challenge,
        Client,
        Code,
        Credential,
        DeviceToken,
        Drawn<NewPin>,
        Enroller,
        Enrollment,
        Confirmed,
        Conversion,
        ExportedSecrets,
        ExportedTotp,
        FactorStatus,
        Grant,
        Handle,
        Hashed<NewPin>,
        Hotp,
        Import,
        ItemId,
        CeremonyState,
        KeyUri,
        CeremonyRequest,
        CeremonyText,
        SecurityKeyOutcome,
        Keys,
        Language,
        MemoryStorage,
        Message,
        Migration,
        MigrationEntry,
        Moment,
        NewDevice,
        NewPin,
        NewSecurityKey,
        NewSupportCode,
        NewTotp,
        Notice,
        Occurrence,
        PendingRequest,
        PersonalData,
        PersonalItem,
        PersonalValue,
        Proof,
        Push,
        PushRequest,
        QrCode,
        Recognized,
        Record,
        RecordId,
        RemoteStart,
        RequestAnswer<'_>,
        RequestedFrom,
        Script,
        Secret,
        SecretBytes,
        SecretText,
        SecurityKey,
        SeededEntropy,
        CodeRequest,
        Settled<()>,
        SignInRequest,
        Steam,
        Subject<'_>,
        SubjectId,
        HotpToken,
        Totp,
        TotpAccount,
        Transition<()>,
        KnownDevice,
        Unprotected,
        Verified,
        Registered,
        Proven,
        Verifier,
        VerifierBuilder,
        SlowCheck,
        SlowResult,
    ];
    let bare = |name: &'static str| name.split('<').next().unwrap_or(name);
    all.into_iter().map(|(name, has)| (bare(name), has)).collect()
}

/// `Clone` is present where a value is used twice and copying gains nothing: a key, an authority
/// that is checked at each use, a value shown to the user.
const TRAITS: &str = "
Address: Clone Deserialize Hash PartialEq Serialize
Agreement: Clone Display PartialEq
AgreementHash: Clone Hash PartialEq
AppHash: Clone Hash PartialEq
SendContext: Clone
Authority: Clone
BackupCodes
Base32Text
Body: AsRef<[u8]>
Call
Ceremony
Challenge: Clone
Client: Clone
Code
Credential: Clone
DeviceToken: Clone
Drawn
Enroller: Clone
Enrollment
Confirmed
Conversion: Clone
ExportedSecrets
ExportedTotp
FactorStatus
Grant: Clone
Handle: Clone Deserialize Display PartialEq Serialize
Hashed
Hotp: Clone
Import: Default
ItemId: Clone Deserialize Display Hash PartialEq Serialize
CeremonyState: Clone
KeyUri
CeremonyRequest
CeremonyText: Clone
SecurityKeyOutcome: Clone
Keys
Language: Clone Display Hash PartialEq
MemoryStorage: Clone Default
Message
Migration
MigrationEntry
Moment
NewDevice: Clone
NewPin
NewSecurityKey
NewSupportCode
NewTotp
Notice
Occurrence: Clone
PendingRequest
PersonalData: Clone Display Serialize
PersonalItem: Clone Display PartialEq Serialize
PersonalValue: Clone Display PartialEq Serialize
Proof: Clone
Push: Clone
PushRequest: Clone
QrCode
Recognized
Record: Clone PartialEq
RecordId: Clone Display Hash PartialEq PartialOrd
RemoteStart
RequestAnswer: Clone
RequestedFrom: Clone
Script
Secret: Clone
SecretBytes
SecretText
SecurityKey
SeededEntropy: Clone
CodeRequest: Clone
Settled
SignInRequest
Steam: Clone
Subject
SubjectId: Clone Deserialize Display Hash PartialEq PartialOrd Serialize
HotpToken: Clone
Totp: Clone
TotpAccount: Clone
Transition
KnownDevice
Unprotected
Verified
Registered
Proven
Verifier: Clone
VerifierBuilder
SlowCheck
SlowResult
";
