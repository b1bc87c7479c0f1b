//! Elements that several pages share.

use maud::{Markup, html};
use second_factor::{Channel, UnixTime};

use crate::{data::SentCode, text::Text};

/// Renders the input for a code, which phones and browsers can fill in.
pub(crate) fn code_field(label: &str, digits: u8) -> Markup {
    html! {
        label for="code" { (label) }
        input #code.code name="code" required autofocus
            autocomplete="one-time-code" inputmode="numeric" spellcheck="false"
            maxlength="12" placeholder=("•".repeat(digits.into()));
    }
}

/// Renders a countdown such as "in 30 seconds", which the script updates.
pub(crate) fn countdown(at: u64, now: UnixTime, text: Text) -> Markup {
    let secs = UnixTime::from_secs(at).since(now);
    html! { span data-countdown=(secs) { (text.after(secs)) } }
}

/// Renders a button that is disabled until `at`. The server checks the time too.
pub(crate) fn delayed_button(label: &str, at: u64, now: UnixTime, text: Text) -> Markup {
    let secs = UnixTime::from_secs(at).since(now);
    html! {
        @if secs > 0 {
            button.secondary data-wait=(secs) { (label) " " (countdown(at, now, text)) }
        } @else {
            button.secondary { (label) }
        }
    }
}

/// Renders a button for each channel that can send another code.
pub(crate) fn resend_buttons(sent: &SentCode, action: &str, now: UnixTime, text: Text) -> Markup {
    html! {
        div.row {
            @if let Some(at) = sent.resend_at {
                form method="post" action=(action) {
                    (delayed_button(text.of("Resend code"), at, now, text))
                }
            }
            @for alternative in &sent.alternatives {
                form method="post" action=(action) {
                    input type="hidden" name="channel" value=(alternative.channel.as_str());
                    (delayed_button(send_label(alternative.channel, text), alternative.available_at, now, text))
                }
            }
        }
    }
}

fn send_label(channel: Channel, text: Text) -> &'static str {
    text.of(match channel {
        Channel::Sms => "Send a text message",
        Channel::Voice => "Call me",
        Channel::WhatsApp => "Send by WhatsApp",
        _ => "Resend code",
    })
}

/// Renders a day.
pub(crate) fn day(at: UnixTime, text: Text) -> Markup {
    html! { time { (text.day(at.as_secs())) } }
}

/// Renders when an item was added and used.
pub(crate) fn history(added: UnixTime, used: UnixTime, text: Text) -> Markup {
    html! {
        span.small {
            (text.of("Added")) " " (day(added, text))
            @if used > added { " · " (text.of("last used")) " " (day(used, text)) }
            @else { " · " (text.of("not used since")) }
        }
    }
}
