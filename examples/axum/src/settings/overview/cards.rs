//! The cards of the settings page, one for each kind of factor.

use maud::{Markup, html};
use second_factor::{FactorKind, UnixTime};

use super::{Item, Overview};
use crate::{
    page::elements::{countdown, history},
    text::Text,
};

/// Renders all cards, strongest factor first.
pub(super) fn cards(model: &Overview, now: UnixTime, text: Text) -> Markup {
    let items = |kind| model.of(kind);
    let (keys, apps) = (items(FactorKind::SecurityKey), items(FactorKind::Totp));
    let (phones, emails) = (items(FactorKind::Phone), items(FactorKind::Email));
    let tokens = items(FactorKind::Hotp);
    let is_first = model.factors.is_empty();
    html! {
        @if model.has_webauthn || !keys.is_empty() {
            (card("Security keys and passkeys", !keys.is_empty(), text, &html! {
                @if is_first { (recommended(text)) }
                p.small { (text.of("The safest way: a key works on this site only, so a fake site gets nothing.")) }
                @for key in keys { (item(key, now, text)) }
                @if model.has_webauthn {
                    (action("security-keys", "Add a key or passkey", text))
                }
            }))
        }
        (card("Authenticator app", !apps.is_empty(), text, &html! {
            @if is_first && !model.has_webauthn { (recommended(text)) }
            p.small { (text.of("An app on your phone shows a new code every 30 seconds, even without a network.")) }
            @let is_empty = apps.is_empty();
            @for app in apps { (item(app, now, text)) }
            (action("authenticator-app", if is_empty { "Add an authenticator app" } else { "Add another authenticator app" }, text))
        }))
        (card("Hardware token", !tokens.is_empty(), text, &html! {
            p.small { (text.of("A device that shows a code when you press its button.")) }
            @let is_empty = tokens.is_empty();
            @for token in tokens { (item(token, now, text)) }
            (action("hardware-token", if is_empty { "Add a hardware token" } else { "Replace the hardware token" }, text))
        }))
        (card("Phone numbers", !phones.is_empty(), text, &html! {
            p.small { (text.of("We send you a code. A good second way in, but a phone number can be taken over.")) }
            @for phone in phones { (item(phone, now, text)) (whatsapp(phone, text)) }
            (action("phone", "Add a phone number", text))
        }))
        (card("Recovery email", !emails.is_empty(), text, &html! {
            p.small { (text.of("Helps you recover your account and remove a forgotten PIN. It can't be used to sign in.")) }
            @for email in emails { (item(email, now, text)) }
            (action("email", "Add a recovery email", text))
        }))
        @if model.is_protected {
            (card("Backup codes", model.backup_codes_left.is_some(), text, &html! {
                p.small { (text.of("Codes to print or save, for the day your phone is lost. Each works once.")) }
                @if let Some(left) = model.backup_codes_left {
                    p { strong { (text.with("{} left", &left.to_string())) } }
                    @if left <= 3 { p.small { (text.of("Create new codes before you run out.")) } }
                }
                @for codes in items(FactorKind::BackupCode) { (item(codes, now, text)) }
                (action("backup-codes", "Create backup codes", text))
            }))
            (card("Two-step PIN", model.pin.is_some(), text, &html! {
                p.small { (text.of("Asked after your other method, so that a stolen phone number is not enough.")) }
                @if let Some(pin) = &model.pin { (item(pin, now, text)) }
                (action("pin", if model.pin.is_some() { "Change PIN" } else { "Set a PIN" }, text))
            }))
        }
    }
}

fn card(title: &'static str, is_set: bool, text: Text, content: &Markup) -> Markup {
    html! {
        section.card {
            h2 {
                (text.of(title))
                @if is_set { span.badge.on { (text.of("On")) } }
                @else { span.badge { (text.of("Not set")) } }
            }
            (content)
        }
    }
}

/// Renders the mark of the card that a user without a factor should choose.
fn recommended(text: Text) -> Markup {
    html! { p { span.badge.recommended { (text.of("Recommended")) } } }
}

fn action(page: &str, label: &'static str, text: Text) -> Markup {
    html! {
        a.button.secondary href={ "/two-factor/settings/" (page) } { (text.of(label)) }
    }
}

fn item(item: &Item, now: UnixTime, text: Text) -> Markup {
    let (added, used) =
        (UnixTime::from_secs(item.enrolled_at), UnixTime::from_secs(item.last_used_at));
    html! {
        p {
            @if let Some(name) = &item.name { strong { (name) } br; }
            (history(added, used, text))
            @if item.state == "disabled" {
                br; span.warning { (text.of("Disabled after too many incorrect attempts. Add it again to use it.")) }
            }
            @if let Some(until) = item.locked_until {
                br; span.warning {
                    (text.of("Locked after too many incorrect attempts. Try again")) " "
                    (countdown(until, now, text)) "."
                }
            }
            @if item.is_withdrawn {
                br; span.warning { (text.of("Not used, because it was added before your account was protected. Add it again.")) }
            }
        }
        form.inline method="post" action="/two-factor/settings/remove" {
            input type="hidden" name="id" value=(item.id);
            button.link aria-label={ (text.of("Remove")) " " (item.name.as_deref().unwrap_or(item.kind)) } {
                (text.of("Remove"))
            }
        }
    }
}

fn whatsapp(phone: &Item, text: Text) -> Markup {
    let (action, label) = match phone.takes_whatsapp {
        false => ("allow", "Turn on WhatsApp"),
        true => ("forbid", "Turn off WhatsApp"),
    };
    html! {
        form.inline method="post" action="/two-factor/settings/whatsapp" {
            input type="hidden" name="id" value=(phone.id);
            input type="hidden" name="action" value=(action);
            button.link { (text.of(label)) }
        }
    }
}
