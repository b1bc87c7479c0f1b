//! Transaction codes: bound to exactly the agreement shown.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "helpers of tests may panic")]

use core::time::Duration;

use crate::support::answer::{Answer, Prove as _};
use crate::support::{ROOT, World, not, opened, prove, reason};
use proptest::prelude::*;
use second_factor::{
    CodeRequest, Error, FactorKind, Handle, Keys, Policy, Proof, Purpose, Reason, block_on,
    host::Event,
    message::{Content, Sender},
    purpose::{Agreement, Operation},
};

const SEEN: [(&str, &str); 2] = [("amount", "25.00 EUR"), ("payee", "Bob, DE89 3704 0044")];

fn agreement() -> Agreement {
    Agreement::new(SEEN).unwrap()
}

/// A world with a phone, to which a code for `agreement` was sent.
async fn asked(agreement: &Agreement) -> (World, Handle, String) {
    let world = World::new();
    let _ = world.with_phone(&world.alice).await;
    let sent = world
        .verifier
        .send_code(&world.alice, CodeRequest::to_address(&world.number).agreement(agreement))
        .await;
    let handle = *sent.unwrap().handle();
    let code = world.read_code();
    (world, handle, code)
}

async fn agree(
    world: &World,
    purpose: impl Into<Operation>,
    (sent, code): (&Handle, &str),
) -> Result<Answer, Error> {
    world.verifier.prove_for(&world.alice, purpose, Proof::sent_code(sent, code)).await
}

#[test]
fn m_02_agreement_code_is_accepted_once() {
    block_on(async {
        let (world, sent, code) = asked(&agreement()).await;
        let incorrect = agree(&world, agreement().purpose(), (&sent, &not(&code))).await;
        assert_eq!(reason(incorrect), Reason::Incorrect);
        let agreed = agree(&world, agreement().purpose(), (&sent, &code)).await.unwrap();
        assert!(matches!(agreed, Answer::Granted(_)), "it opens no session");
        let verified = Event::Verified(FactorKind::Phone, agreement().purpose().into());
        assert!(world.log.take().contains(&verified));
        let again = agree(&world, agreement().purpose(), (&sent, &code)).await;
        assert_eq!(reason(again), Reason::NotFound);
    });
}

#[test]
fn m_02_changed_agreement_voids_the_code() {
    let changed: [&[(&str, &str)]; 9] = [
        &[("amount", "25.00 EUr"), SEEN[1]],
        &[("amount", "25,00 EUR"), SEEN[1]],
        &[("amount", "250.00 EUR"), SEEN[1]],
        &[SEEN[0], ("payee", "Eve, DE89 3704 0044")],
        &[SEEN[0], ("Payee", SEEN[1].1)],
        &[SEEN[1], SEEN[0]],
        &[SEEN[0]],
        &[SEEN[0], SEEN[1], ("fee", "0")],
        &[("amount", "25.00 EUR, payee: Bob, DE89 3704 0044")],
    ];
    block_on(async {
        let (world, sent, code) = asked(&agreement()).await;
        for fields in changed {
            let purpose = Agreement::new(fields.iter().copied()).unwrap().purpose();
            let answer = agree(&world, purpose, (&sent, &code)).await;
            assert_eq!(reason(answer), Reason::OtherPurpose, "{fields:?}");
        }
        for purpose in [Operation::SignIn, Operation::StepUp, Operation::Manage, Operation::Recover]
        {
            let answer = agree(&world, purpose, (&sent, &code)).await;
            assert_eq!(reason(answer), Reason::OtherPurpose, "{purpose:?}");
        }
        assert!(agree(&world, agreement().purpose(), (&sent, &code)).await.is_ok());
    });
}

#[test]
fn sign_in_code_cannot_confirm_an_agreement() {
    block_on(async {
        let world = World::new();
        let _ = world.with_phone(&world.alice).await;
        for purpose in [Operation::SignIn, Operation::StepUp, Operation::Manage] {
            world.clock.advance(900);
            let sent = world
                .verifier
                .send_code(&world.alice, CodeRequest::to_address(&world.number).purpose(purpose))
                .await;
            let (sent, code) = (*sent.unwrap().handle(), world.read_code());
            let answer = agree(&world, agreement().purpose(), (&sent, &code)).await;
            assert_eq!(reason(answer), Reason::OtherPurpose, "{purpose:?}");
            assert!(agree(&world, purpose, (&sent, &code)).await.is_ok());
        }
    });
}

#[test]
fn m_02_message_shows_the_agreement_and_so_does_a_resend() {
    block_on(async {
        let world = World::new();
        let _ = world.with_phone(&world.alice).await;
        let _ = world.phone.take();
        let (id, number) = (&world.alice, &world.number);
        let mut sent = world
            .verifier
            .send_code(id, CodeRequest::to_address(number).agreement(&agreement()))
            .await
            .unwrap();
        for at in 0..3 {
            let message = world.phone.take().unwrap();
            let Content::Code { purpose, agreement: shown, .. } = message.content() else {
                panic!("the message carries a code")
            };
            assert_eq!(purpose, agreement().purpose().into());
            assert!(shown.unwrap().fields().eq(SEEN), "the fields, in their order");
            let text = message.expose_text();
            let code = message.code().unwrap().expose();
            let tail =
                "to approve this transaction (amount: 25.00 EUR; payee: Bob, DE89 3704 0044).";
            assert!(text.expose().starts_with(&format!("{code} is your Example code {tail}")));
            assert!(text.expose().ends_with(&format!("\n\n@example.com #{code}")));
            if at == 2 {
                assert!(agree(&world, purpose, (sent.handle(), code)).await.is_ok());
                break;
            }
            world.clock.set(sent.resend_at().unwrap().as_secs());
            sent = world.verifier.send_code(id, CodeRequest::again(&sent)).await.unwrap();
        }
    });
}

#[test]
fn later_agreement_voids_the_earlier_code() {
    block_on(async {
        let (world, first, first_code) = asked(&agreement()).await;
        let other = Agreement::new([("amount", "1000.00 EUR")]).unwrap();
        world.clock.advance(30);
        let sent = world
            .verifier
            .send_code(&world.alice, CodeRequest::to_address(&world.number).agreement(&other))
            .await;
        let (second, second_code) = (*sent.unwrap().handle(), world.read_code());
        let answer = agree(&world, agreement().purpose(), (&first, &first_code)).await;
        assert_eq!(reason(answer), Reason::NotFound);
        let answer = agree(&world, agreement().purpose(), (&second, &second_code)).await;
        assert_eq!(reason(answer), Reason::OtherPurpose);
        assert!(agree(&world, other.purpose(), (&second, &second_code)).await.is_ok());
    });
}

#[test]
fn agreement_keeps_the_sign_in_code() {
    block_on(async {
        let world = World::new();
        let _ = world.with_phone(&world.alice).await;
        let (sign_in, sign_in_code) = world.send_to(&world.number).await;
        world.clock.advance(60);
        let sent = world
            .verifier
            .send_code(&world.alice, CodeRequest::to_address(&world.number).agreement(&agreement()))
            .await;
        let code = world.read_code();
        let purpose = agreement().purpose();
        assert!(agree(&world, purpose, (sent.unwrap().handle(), &code)).await.is_ok());
        assert!(world.try_code(&sign_in, &sign_in_code).await.is_ok());
    });
}

#[test]
fn unbound_factor_cannot_confirm_an_agreement() {
    block_on(async {
        let world = World::new();
        let (app, verified) = world.with_app().await;
        let _ = prove(&world, &verified, &crate::support::mail()).await.unwrap();
        let purpose = agreement().purpose();
        let code = app.code(&world.clock);
        for proof in [Proof::totp(&code), Proof::hotp("123456"), Proof::backup_code("0000-0000")] {
            let answer = world.verifier.prove_for(&world.alice, purpose, proof.clone()).await;
            assert_eq!(reason(answer), Reason::NotAllowed, "{proof:?}");
        }
        assert!(world.try_app(&code).await.is_ok(), "it is not used up");
        let mail = crate::support::mail();
        world.clock.advance(60);
        let sent = world
            .verifier
            .send_code(&world.alice, CodeRequest::to_address(&mail).agreement(&agreement()))
            .await;
        assert_eq!(reason(sent), Reason::NotAllowed);
    });
}

#[test]
fn agreement_code_requires_the_agreement_text() {
    block_on(async {
        let world = World::new();
        let _ = world.with_phone(&world.alice).await;
        let purpose = agreement().purpose();
        let sent = world
            .verifier
            .send_code(&world.alice, CodeRequest::to_address(&world.number).purpose(purpose))
            .await;
        assert_eq!(reason(sent), Reason::NotAllowed);
    });
    let (keys, policy) = (Keys::new(ROOT), Policy::default());
    let world = World::new();
    let request = CodeRequest::to_address(&world.number).purpose(agreement().purpose());
    let subject = opened(&keys, &policy, &world.alice, None, world.clock.time());
    assert_eq!(subject.plan(&request, [1; 16]).unwrap_err().reason(), Reason::NotAllowed);
}

#[test]
fn agreement_proof_gives_no_authority() {
    block_on(async {
        let (world, sent, code) = asked(&agreement()).await;
        let agreed = agree(&world, agreement().purpose(), (&sent, &code)).await.unwrap();
        assert_eq!(reason(world.verifier.turn_off(&agreed).await), Reason::Unauthorized);
        let Answer::Granted(grant) = agreed else { panic!("it is for a transaction") };
        for purpose in [Purpose::Manage, Purpose::StepUp, agreement().purpose()] {
            let checked =
                world.verifier.check_grant(&grant, purpose, Duration::from_secs(60)).await;
            assert_eq!(reason(checked), Reason::Unauthorized, "{purpose:?}");
        }
    });
}

#[test]
fn failure_038_ambiguous_agreement_text_is_refused() {
    for (name, value) in [
        ("", "1"),
        ("amount", ""),
        ("amount", "1\n2"),
        ("amount", "1\u{7f}"),
        ("amount", "\u{202e}00.01"),
        ("amount", "\u{2066}1"),
        ("amount", "1\u{2028}payee: Bob"),
        ("am\u{2029}ount", "1"),
        (&"n".repeat(41), "1"),
        ("amount", &"1".repeat(141)),
    ] {
        assert!(Agreement::new([(name, value)]).is_err(), "{name:?} {value:?}");
    }
    assert!(Agreement::new([("amount", "1"), ("payee", "Bob"), ("amount", "2")]).is_err());
    let names: Vec<String> = (0..9).map(|at| at.to_string()).collect();
    let of = |count: usize| Agreement::new(names.iter().take(count).map(|name| (&**name, "x")));
    assert!(of(8).is_ok());
    assert!(of(9).is_err());
    assert!(of(0).is_err());
    assert!(Agreement::new([("n".repeat(40).as_str(), "1".repeat(140).as_str())]).is_ok());
    assert!(
        Agreement::new([("\u{5e1}\u{5db}\u{5d5}\u{5dd}", "\u{5d0}")]).is_ok(),
        "Hebrew is accepted"
    );
}

/// A text as a hurried user reads it.
fn as_read(text: &str) -> String {
    let seen = text.chars().filter(|symbol| !HIDDEN.contains(symbol)).map(|symbol| match symbol {
        '\u{ff1a}' | '\u{2236}' => ':',
        '\u{ff1b}' | '\u{37e}' => ';',
        '\u{a0}' | '\u{3000}' => ' ',
        other => other,
    });
    seen.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

const HIDDEN: [char; 4] = ['\u{200b}', '\u{200f}', '\u{ad}', '\u{3164}'];

#[test]
fn finding_s08_two_agreements_never_read_alike() {
    let pieces = [
        "a",
        "b",
        "a b",
        "a: b",
        "a; b: a",
        "a ;",
        "b:",
        " a",
        "a  b",
        "a\u{ff1a} b",
        "a\u{ff1b} b: a",
        "a\u{37e} b\u{2236} a",
        "a\u{200b}",
        "\u{ad}",
        "a\u{a0}b",
        "a\u{3000}",
        ":",
    ];
    let fields: Vec<_> =
        pieces.iter().flat_map(|name| pieces.iter().map(move |value| (*name, *value))).collect();
    let mut read = std::collections::HashMap::new();
    let mut add = |fields: &[(&str, &str)]| {
        let Ok(agreement) = Agreement::new(fields.iter().copied()) else { return };
        let text = as_read(&agreement.to_string());
        // Another colon within a value is another spelling of the same value.
        let fields: Vec<_> = agreement.fields().map(|(a, b)| (as_read(a), as_read(b))).collect();
        let other = read.insert(text, fields.clone()).unwrap_or_else(|| fields.clone());
        assert_eq!(other, fields, "they read alike");
    };
    for first in &fields {
        add(&[*first]);
        for second in &fields {
            add(&[*first, *second]);
        }
    }
    assert!(read.len() > 50, "honest agreements are accepted");
}

proptest! {
    /// A reader overlooks how many spaces there are, and which.
    #[test]
    fn agreement_is_accepted_if_its_spaces_are_normalized(
        text in "[ab \u{a0}\u{2003}\u{2800}\u{3000}]{1,5}",
    ) {
        let words = text.split(|symbol: char| symbol.is_whitespace() || symbol == '\u{2800}');
        let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        let is_normalized = !words.is_empty() && words.join(" ") == text;
        prop_assert_eq!(Agreement::new([("to", &*text)]).is_ok(), is_normalized);
        prop_assert_eq!(Agreement::new([(&*text, "1")]).is_ok(), is_normalized);
    }
}

#[test]
fn finding_s08_payee_in_a_memo_is_refused() {
    assert!(Agreement::new([("memo", "x; payee: Bob"), ("to", "Eve")]).is_err());
    assert!(Agreement::new([("memo; payee", "Bob")]).is_err());
    assert!(Agreement::new([("memo: x", "Bob")]).is_err());
    assert!(Agreement::new([("when", "at 10:30, Bob & Sons")]).is_ok());
}

#[test]
fn finding_s22_characters_that_are_not_shown_are_refused() {
    // RLM, LRM, ALM, zero-width, and the two ends of each further range.
    let hidden = [
        '\u{200f}',
        '\u{200e}',
        '\u{61c}',
        '\u{200b}',
        '\u{200c}',
        '\u{200d}',
        '\u{ad}',
        '\u{34f}',
        '\u{115f}',
        '\u{1160}',
        '\u{17b4}',
        '\u{17b5}',
        '\u{180b}',
        '\u{180f}',
        '\u{202a}',
        '\u{202e}',
        '\u{2060}',
        '\u{206f}',
        '\u{2066}',
        '\u{2069}',
        '\u{3164}',
        '\u{fe00}',
        '\u{fe0f}',
        '\u{feff}',
        '\u{ffa0}',
        '\u{fff0}',
        '\u{fff8}',
        '\u{1bca0}',
        '\u{1bca3}',
        '\u{1d173}',
        '\u{1d17a}',
        '\u{e0000}',
        '\u{e0fff}',
        '\u{2028}',
        '\u{2029}',
        '\u{ffff}',
        '\u{7f}',
    ];
    for symbol in hidden {
        let text = format!("a{symbol}b");
        assert!(Agreement::new([("amount", &*text)]).is_err(), "{symbol:?}");
        assert!(Agreement::new([(&*text, "1")]).is_err(), "{symbol:?}");
        assert!(Sender::new(&text).is_err(), "{symbol:?}");
    }
    for text in ["München", "\u{5d1}\u{5d5}\u{5d1}", "राम", "漢字", "Zoë 🎉"] {
        assert!(Agreement::new([(text, text)]).is_ok(), "{text}");
        assert!(Sender::new(text).is_ok(), "{text}");
    }
}

/// The same letters, divided into fields in two ways.
fn parted_twice() -> impl Strategy<Value = [Vec<String>; 2]> {
    let parted = |letters: &str, cuts: Vec<usize>| {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % letters.len()).collect();
        cuts.extend([0, letters.len()]);
        cuts.sort_unstable();
        cuts.dedup();
        cuts.windows(2).map(|ends| letters[ends[0]..ends[1]].to_owned()).collect::<Vec<_>>()
    };
    let cuts = || proptest::collection::vec(any::<usize>(), 1..8);
    ("[abc:; ]{4,12}", cuts(), cuts())
        .prop_map(move |(letters, one, other)| [parted(&letters, one), parted(&letters, other)])
}

proptest! {
    #[test]
    fn m_02_field_boundaries_change_the_purpose(parted in parted_twice()) {
        let made = parted.clone().map(|texts| {
            let pairs = texts.chunks_exact(2).map(|pair| (pair[0].as_str(), pair[1].as_str()));
            let is_whole = texts.len() % 2 == 0;
            is_whole.then(|| Agreement::new(pairs).ok()).flatten()
        });
        if let [Some(one), Some(other)] = made {
            prop_assert_eq!(one.purpose() == other.purpose(), parted[0] == parted[1]);
        }
    }
}
