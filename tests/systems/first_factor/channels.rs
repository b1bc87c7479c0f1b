//! One channel never counts twice, by any way.

#![allow(clippy::indexing_slicing, reason = "helpers of tests may panic")]

use second_factor::{
    Address, Client, CodeRequest, FactorKind, FirstFactor, ItemId, MemoryStorage, NewDevice, Proof,
    Purpose, Reason, Secret, Verifier, block_on,
    enrollment::HotpToken,
    otp::{Hotp, Step},
    proof::{CeremonyRequest, RequestAnswer, RequestedFrom},
    purpose::Operation,
};

use super::{
    KEY, RECOVER, SIGN_IN, app_proof, confirm_key, email, mail_in_capitals, passed, send,
    with_email,
};
use crate::support::{App, World, mail, prove};

/// A subject with a factor of every kind.
struct Everything {
    world: World,
    app: App,
    token: Secret,
    counter: u64,
    codes: Vec<String>,
    phone: Verifier,
    keys: [ItemId; 2],
}

impl Everything {
    async fn new() -> Self {
        let world = World::over(MemoryStorage::new(), with_email());
        let (app, verified) = world.with_app().await;
        let token = Secret::new(&[7; 20]).unwrap();
        let begun = world.verifier.enroll_hotp(&verified, &HotpToken::new(&token)).await.unwrap();
        let code = Hotp::new(&token).code(Step::new(0)).expose().to_owned();
        let _ = world.verifier.confirm(&world.alice, &begun, &code).await.unwrap();
        let _ = prove(&world, &verified, &mail()).await.unwrap();
        let _ = world.with_phone(&verified).await;
        let mut keys = Vec::new();
        for name in ["blue", "red"] {
            let begun = world.verifier.enroll_security_key(&verified, b"").await.unwrap();
            keys.push(confirm_key(&world, &world.verifier, &begun, name).await.0);
        }
        let codes = world.verifier.new_backup_codes(&verified).await.unwrap();
        let codes = codes.expose().iter().map(|code| code.expose().to_owned()).collect();
        let proof = app_proof(&world, &app).trusting(NewDevice::new("phone"));
        let verified = world.verifier.verify(&world.alice, proof).await.unwrap();
        let client = Client::new("the cookie of the phone").unwrap();
        let phone = world.verifier.for_client(client.device(verified.device_token().unwrap()));
        world.clock.advance(60);
        let keys = [keys[0], keys[1]];
        Self { world, app, token, counter: 1, codes, phone, keys }
    }

    /// The proofs that a sign-in after `first` can try, each with its kind.
    ///
    /// A proof that cannot begin after it begins after a password, as an attacker would try.
    async fn proof(&mut self, first: &Verifier, kind: Way, operation: Operation) -> Proof {
        let world = &self.world;
        match kind {
            Way::App => app_proof(world, &self.app),
            Way::Backup => Proof::backup_code(self.codes.pop().unwrap()),
            Way::Token => {
                self.counter += 1;
                let code = Hotp::new(&self.token).code(Step::new(self.counter - 1));
                Proof::hotp(code.expose())
            }
            Way::Email | Way::Phone => {
                let address = if kind == Way::Email { mail() } else { world.number.clone() };
                let request = CodeRequest::to_address(&address).purpose(operation);
                let (sent, code) = send(world, first, request).await;
                Proof::sent_code(&sent, &code)
            }
            Way::Key(place, is_user_verified) => {
                let request = CeremonyRequest::new(b"").purpose(operation);
                let ceremony = first.begin_security_key(&world.alice, request).await.unwrap();
                Proof::security_key(&ceremony, passed(&self.keys[place], is_user_verified))
            }
            Way::Request => {
                let from = RequestedFrom::new("Firefox", "Lisbon");
                let request = first.request_sign_in(&world.alice, operation, &from).await.unwrap();
                let shown = self.phone.pending_request(&world.alice).await.unwrap().unwrap();
                let number = RequestAnswer::Approve(request.number().expose());
                self.phone.answer_request(&world.alice, &shown, number).await.unwrap();
                Proof::sign_in_request(&request)
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    App,
    Backup,
    Email,
    Key(usize, bool),
    Phone,
    Request,
    Token,
}

impl Way {
    const ALL: [Self; 10] = [
        Self::App,
        Self::Backup,
        Self::Email,
        Self::Key(0, false),
        Self::Key(0, true),
        Self::Key(1, false),
        Self::Key(1, true),
        Self::Phone,
        Self::Request,
        Self::Token,
    ];

    fn kind(self) -> FactorKind {
        match self {
            Self::App => FactorKind::Totp,
            Self::Backup => FactorKind::BackupCode,
            Self::Email => FactorKind::Email,
            Self::Key(..) => KEY,
            Self::Phone => FactorKind::Phone,
            Self::Request => FactorKind::SignInRequest,
            Self::Token => FactorKind::Hotp,
        }
    }

    /// Whether it is the channel of the first factor.
    fn is_same(self, first: &FirstFactor, keys: &[ItemId; 2], number: &Address) -> bool {
        let is_mail =
            |address: &Address| address.expose().to_lowercase() == mail().expose().to_lowercase();
        match (self, first) {
            (Self::Email, FirstFactor::Email(address)) => is_mail(address),
            (Self::Email, FirstFactor::Federated { address: Some(address), .. }) => {
                is_mail(address)
            }
            (Self::Phone, FirstFactor::Phone(address)) => address == number,
            (Self::Key(place, _), FirstFactor::Passkey { key, .. }) => *key == keys[place],
            _ => false,
        }
    }
}

/// What the rules say, written down a second time.
#[derive(Debug, PartialEq, Eq)]
enum Expected {
    Complete,
    Half,
    NotAllowed,
    SameChannel,
}

fn expected(first: &FirstFactor, way: Way, operation: Operation, is_same: bool) -> Expected {
    if is_same {
        return Expected::SameChannel;
    }
    if operation == RECOVER {
        return match first {
            FirstFactor::Email(_) if way != Way::Email => Expected::Complete,
            FirstFactor::Phone(_) if way != Way::Phone => Expected::Complete,
            // A caller who has proven nothing must not disturb the user.
            FirstFactor::None if way == Way::Request => Expected::NotAllowed,
            _ => Expected::Half,
        };
    }
    match (first, way) {
        (FirstFactor::None, Way::Key(_, true)) => Expected::Complete,
        (FirstFactor::None, Way::Key(_, false)) => Expected::Half,
        (FirstFactor::None, _) => Expected::NotAllowed,
        (FirstFactor::Passkey { user_verified: false, .. }, Way::Key(_, false)) => Expected::Half,
        _ => Expected::Complete,
    }
}

/// All first factors, all kinds, both operations: one channel never signs in twice.
#[test]
fn no_channel_counts_twice_by_any_way() {
    block_on(async {
        let number = Address::phone("+14155550100").unwrap();
        let mut seen = Vec::new();
        for at in 0..14 {
            let mut everything = Everything::new().await;
            let keys = everything.keys;
            let passkey = |key, user_verified| FirstFactor::Passkey {
                key,
                user_verified,
                device_bound: false,
            };
            let federated = |address| FirstFactor::Federated { amr: Vec::new(), address };
            let firsts = [
                FirstFactor::Password,
                FirstFactor::None,
                email(mail()),
                email(mail_in_capitals()),
                email(Address::email("bob@example.com").unwrap()),
                FirstFactor::Phone(number.clone()),
                FirstFactor::Phone(Address::phone("+14155550199").unwrap()),
                passkey(keys[0], false),
                passkey(keys[0], true),
                passkey(ItemId::of("elsewhere"), false),
                passkey(ItemId::of("elsewhere"), true),
                federated(Some(mail())),
                federated(Some(Address::email("bob@example.com").unwrap())),
                federated(None),
            ];
            let first = &firsts[at];
            for operation in [SIGN_IN, RECOVER] {
                for way in Way::ALL {
                    let is_same = way.is_same(first, &keys, &number);
                    let expected = expected(first, way, operation, is_same);
                    let found = attempt(&mut everything, first, way, operation).await;
                    assert_eq!(found, expected, "{first:?} {way:?} {operation:?}");
                    seen.push(found);
                }
            }
        }
        for expected in
            [Expected::Complete, Expected::Half, Expected::NotAllowed, Expected::SameChannel]
        {
            assert!(seen.contains(&expected), "{expected:?}");
        }
    });
}

async fn attempt(
    everything: &mut Everything,
    first: &FirstFactor,
    way: Way,
    operation: Operation,
) -> Expected {
    // A new browser each time: a half of an earlier sign-in must not be completed.
    let cookie = format!("the cookie of a browser after {first:?} by {way:?} for {operation:?}");
    let browser = Client::new(cookie).unwrap();
    let password = everything.world.verifier.for_client(browser);
    let verifier = password.after(first);
    let alice = everything.world.alice.clone();
    let is_offered = match verifier.offers(&alice, operation).await {
        Ok(offers) => offers.iter().any(|offer| offer.kind() == way.kind()),
        Err(_) => false,
    };
    // An address or a request that is refused at once is never proven.
    let begun = match way {
        Way::Email | Way::Phone => {
            let address = if way == Way::Email { mail() } else { everything.world.number.clone() };
            let request = CodeRequest::to_address(&address).purpose(operation);
            verifier.send_code(&alice, request).await.err()
        }
        Way::Request => {
            let from = RequestedFrom::new("Firefox", "Lisbon");
            verifier.request_sign_in(&alice, operation, &from).await.err()
        }
        _ => None,
    };
    let refused = begun.and_then(|error| error.denial().map(|denial| denial.reason()));
    let found = match refused {
        Some(Reason::NotAllowed) => Expected::NotAllowed,
        Some(Reason::NotEnrolled) if way == Way::Request => Expected::NotAllowed,
        Some(Reason::SameChannel) => Expected::SameChannel,
        _ => {
            // What was begun above is replaced.
            everything.world.clock.advance(120);
            while everything.world.phone.take().is_some() {}
            let proof = everything.proof(&verifier, way, operation).await;
            let answer = if operation == SIGN_IN {
                verifier.verify(&alice, proof.clone()).await.map(|verified| {
                    assert_eq!(verified.first_factor(), first);
                    assert_eq!(verified.factors(), [way.kind()]);
                })
            } else {
                verifier.verify_for(&alice, Purpose::Recover, proof.clone()).await.map(drop)
            };
            match answer {
                Ok(()) => Expected::Complete,
                Err(error) => match error.denial().unwrap().reason() {
                    Reason::AnotherFactorDue => Expected::Half,
                    Reason::NotAllowed => Expected::NotAllowed,
                    Reason::SameChannel => Expected::SameChannel,
                    other => panic!("{other:?}"),
                },
            }
        }
    };
    let is_refused = matches!(found, Expected::NotAllowed | Expected::SameChannel);
    // One ceremony is for both keys.
    let is_kind_open = way.kind() == KEY && !matches!(first, FirstFactor::None);
    assert!(is_offered != is_refused || is_kind_open, "{first:?} {way:?} {operation:?} {found:?}");
    found
}
