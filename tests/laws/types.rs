//! What a type does not have: what leads on is not copied or read back, what is secret is not printed,
//! compared or serialised.
//!
//! Whether a type has a trait is asked of the compiler: an associated constant of the type itself goes
//! before one of a trait, and stands only where the bound holds. So a trait that is there by mistake is a
//! red test with a name, in every compiler alike. What does not compile stands in `manual::types`.

#![allow(clippy::unwrap_used, reason = "a test stops where it stands")]

use alloc::collections::BTreeSet;
use core::{fmt, hash::Hash, marker::PhantomData};
use std::{fs, path::Path};

use second_factor::{
    Address, Client, Handle, Keys, MemoryStorage, Message, Proof, Secret, SubjectId, Verified,
    Verifier,
    delivery::RemoteStart,
    gateway::{Body, Credential},
    host::SendContext,
    id::ItemId,
    message::{
        AppHash, Language,
        voice::{Call, Script},
    },
    otp::{Code, Hotp, KeyUri, Migration, MigrationEntry, Steam, Totp},
    purpose::{Agreement, AgreementHash},
    qr::QrCode,
    secret::{Base32Text, SecretBytes, SecretText},
    storage::{Record, RecordId},
    subject::{
        Account, Authority, BackupCodes, Budget, Ceremony, CeremonyState, Challenge, CodeRequest,
        Conversion, DeviceToken, DrawnCodes, DrawnImport, DrawnPin, Enroller, Enrollment,
        FactorStatus, Grant, HashedCodes, HashedImport, HashedPin, HotpToken, Import, Moment,
        NewDevice, NewPin, NewSecurityKey, Notice, PendingRequest, RequestAnswer, RequestedFrom,
        SecurityKey, SecurityKeyOutcome, Settled, SignInRequest, SlowCheck, SlowResult, Subject,
        Transition, TrustedDevice,
    },
    testkit::SeededEntropy,
    verdict::{Recognized, Unprotected},
    verifier::VerifierBuilder,
};
use serde_core::{Deserialize, Serialize};

macro_rules! has {
    ($type:ty: $($bound:tt)+) => {{
        #[allow(dead_code, reason = "not, where the bound holds")]
        trait Without {
            const HAS: bool = false;
        }
        struct Whether<T: ?Sized>(PhantomData<T>);
        impl<T: ?Sized> Without for Whether<T> {}
        #[allow(dead_code, reason = "not, where the bound does not hold")]
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
fn failure_042_who_is_verified_is_not_copied_made_up_or_read_back() {
    for (name, has) in all() {
        if ["Recognized", "Unprotected", "Verified"].contains(&name) {
            assert_eq!(has, Vec::<&str>::new(), "{name}");
        }
    }
}

#[test]
fn failure_065_no_secret_is_printed_serialised_or_turned_into_text() {
    let told = ["Agreement", "Handle", "ItemId", "Language", "RecordId"];
    for (name, has) in all() {
        let serde = has.contains(&"Serialize") || has.contains(&"Deserialize");
        let text = ["AsRef<str>", "Into<String>", "Into<Vec<u8>>", "LowerHex"];
        assert!(!serde && !text.iter().any(|one| has.contains(one)), "{name}: {has:?}");
        assert!(!has.contains(&"Display") || told.contains(&name), "{name}: {has:?}");
    }
}

#[test]
fn failure_083_no_secret_has_an_equals_sign() {
    // What leaves at the first difference compares nothing that is secret: these are names,
    // addresses, what a person reads, and bytes that are sealed.
    let names = [
        "Address",
        "Agreement",
        "AgreementHash",
        "AppHash",
        "Handle",
        "ItemId",
        "Language",
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
fn what_hides_itself_has_these_traits_and_no_others() {
    let rows: Vec<String> = all()
        .into_iter()
        .map(|(name, has)| format!("{name}: {}", has.join(" ")).trim_end_matches([':', ' ']).into())
        .collect();
    assert_eq!(rows.join("\n"), TRAITS.trim());
}

#[test]
fn every_type_that_writes_its_own_debug_is_asked() {
    // Whoever writes its own hides something.
    let mut hiding = BTreeSet::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("testkit") {
                folders.push(path);
            } else if path.is_file() {
                hiding.extend(own_debug(&fs::read_to_string(path).unwrap()));
            }
        }
    }
    let asked: BTreeSet<String> = all().iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(hiding, asked);
}

#[test]
fn a_trait_that_is_there_is_seen() {
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

/// The types after `fmt::Debug for` and within `redacted!(…)`, without their parameters.
fn own_debug(text: &str) -> Vec<String> {
    let by_hand = text.lines().filter_map(|line| {
        let name = line.strip_prefix("impl")?.split_once("fmt::Debug for ")?.1;
        Some(name.split(['<', ' ']).next()?.to_owned())
    });
    let by_macro = text.split("\nredacted!(").skip(1).flat_map(|rest| {
        let names = rest.split(");").next().unwrap_or_default().split(',').map(str::trim);
        names.filter(|name| !name.is_empty()).map(|name| name.split('<').next().unwrap().to_owned())
    });
    by_hand.chain(by_macro).collect()
}

/// The types that write their own `Debug`, and what each has of the traits that are asked for.
fn all() -> Vec<(&'static str, Vec<&'static str>)> {
    let all = traits![
        Account,
        Address,
        Agreement,
        AgreementHash,
        AppHash,
        SendContext<'_>,
        Authority,
        BackupCodes,
        Base32Text,
        Body,
        Budget<'_>,
        Call,
        Ceremony,
        Challenge,
        Client,
        Code,
        Credential,
        DeviceToken,
        DrawnCodes,
        DrawnImport,
        DrawnPin,
        Enroller,
        Enrollment,
        Conversion,
        FactorStatus,
        Grant,
        Handle,
        HashedCodes,
        HashedImport,
        HashedPin,
        Hotp,
        Import,
        ItemId,
        CeremonyState,
        KeyUri,
        SecurityKeyOutcome<'_>,
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
        Notice,
        PendingRequest,
        Proof<'_>,
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
        CodeRequest<'_>,
        Settled<()>,
        SignInRequest,
        Steam,
        Subject<'_>,
        SubjectId,
        HotpToken,
        Totp,
        Transition<()>,
        TrustedDevice,
        Unprotected,
        Verified,
        Verifier,
        VerifierBuilder,
        SlowCheck,
        SlowResult,
    ];
    let bare = |name: &'static str| name.split('<').next().unwrap_or(name);
    all.into_iter().map(|(name, has)| (bare(name), has)).collect()
}

/// `Clone` is there where one value is used twice and nothing is gained by it: a key, a right that the
/// record is asked about at each use, what a person is shown.
const TRAITS: &str = "
Account: Clone
Address: Clone Hash PartialEq
Agreement: Clone Display PartialEq
AgreementHash: Clone Hash PartialEq
AppHash: Clone Hash PartialEq
SendContext: Clone
Authority: Clone
BackupCodes
Base32Text
Body: AsRef<[u8]>
Budget
Call
Ceremony
Challenge: Clone
Client: Clone
Code
Credential: Clone
DeviceToken
DrawnCodes
DrawnImport
DrawnPin
Enroller: Clone
Enrollment
Conversion: Clone
FactorStatus
Grant
Handle: Clone Display PartialEq
HashedCodes
HashedImport
HashedPin
Hotp: Clone
Import: Default
ItemId: Clone Display Hash PartialEq
CeremonyState: Clone
KeyUri
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
Notice
PendingRequest
Proof: Clone
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
SubjectId: Clone Hash PartialEq PartialOrd
HotpToken: Clone
Totp: Clone
Transition
TrustedDevice
Unprotected
Verified
Verifier: Clone
VerifierBuilder
SlowCheck
SlowResult
";
