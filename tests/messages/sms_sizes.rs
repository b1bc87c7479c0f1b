//! Sizes of text messages.

use proptest::prelude::*;
use second_factor::message::{Encoding, SmsSize};

use crate::readers::measure;

fn of(text: &str) -> (Encoding, usize, usize) {
    let size = SmsSize::of(text);
    (size.encoding(), size.parts(), size.units())
}

#[test]
fn gsm_message_holds_160_or_153_letters_a_part() {
    assert_eq!(of(&"a".repeat(160)), (Encoding::Gsm7, 1, 160));
    assert_eq!(of(&"a".repeat(161)), (Encoding::Gsm7, 2, 161));
    assert_eq!(of(&"a".repeat(306)), (Encoding::Gsm7, 2, 306));
    assert_eq!(of(&"a".repeat(307)), (Encoding::Gsm7, 3, 307));
    assert_eq!(of(""), (Encoding::Gsm7, 1, 0));
}

#[test]
fn one_letter_outside_gsm_switches_to_ucs2() {
    assert_eq!(of(&format!("ç{}", "a".repeat(69))), (Encoding::Ucs2, 1, 70));
    assert_eq!(of(&format!("ç{}", "a".repeat(70))), (Encoding::Ucs2, 2, 71));
    assert_eq!(of(&"ç".repeat(134)), (Encoding::Ucs2, 2, 134));
    assert_eq!(of(&"ç".repeat(135)), (Encoding::Ucs2, 3, 135));
}

#[test]
fn extension_letter_costs_two_and_is_not_split() {
    assert_eq!(of(&"€".repeat(80)), (Encoding::Gsm7, 1, 160));
    // 152 letters and an escape: the euro goes into the second part and leaves one septet free.
    let split = format!("{}€{}", "a".repeat(152), "a".repeat(151));
    assert_eq!(of(&split), (Encoding::Gsm7, 2, 305));
    assert_eq!(of(&format!("{split}a")), (Encoding::Gsm7, 3, 306));
}

#[test]
fn surrogate_pair_is_not_split() {
    assert_eq!(of(&"🔑".repeat(35)), (Encoding::Ucs2, 1, 70));
    // 33 pairs take 66 of 67 units: the 34th goes into the next part.
    assert_eq!(of(&"🔑".repeat(66)), (Encoding::Ucs2, 2, 132));
    assert_eq!(of(&"🔑".repeat(67)), (Encoding::Ucs2, 3, 134));
}

#[test]
fn bytes_count_packed_septets() {
    assert_eq!(SmsSize::of(&"a".repeat(160)).bytes(), 140);
    assert_eq!(SmsSize::of(&"a".repeat(8)).bytes(), 7);
    assert_eq!(SmsSize::of("a").bytes(), 1);
    assert_eq!(SmsSize::of(&"语".repeat(70)).bytes(), 140);
}

proptest! {
    #[test]
    fn size_matches_an_independent_table(
        text in "[a-z @#€ç語🔑\\[\\]^~|{}\\\\ΩÑàé`ÇªÀ\n\r\u{c}]{0,400}",
    ) {
        let (is_basic, parts, units) = measure(&text);
        let encoding = if is_basic { Encoding::Gsm7 } else { Encoding::Ucs2 };
        prop_assert_eq!(of(&text), (encoding, parts, units));
    }

    #[test]
    fn every_char_has_the_expected_encoding(letter in any::<char>()) {
        let text = letter.to_string();
        let (is_basic, _, units) = measure(&text);
        let encoding = if is_basic { Encoding::Gsm7 } else { Encoding::Ucs2 };
        prop_assert_eq!(of(&text), (encoding, 1, units));
    }
}

#[test]
fn first_code_pages_have_the_expected_encoding() {
    for letter in ('\0'..='\u{2fff}').chain('\u{e000}'..='\u{ffff}') {
        let text = letter.to_string();
        assert_eq!(of(&text).0 == Encoding::Gsm7, measure(&text).0, "{letter:?}");
    }
}
