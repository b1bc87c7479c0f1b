//! Backup codes: shown once, to be printed or saved.

use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};
use maud::{Markup, html};

use crate::{App, page::page, trouble::Trouble, visitor::SignedIn};

pub async fn show(
    SignedIn(mut visitor): SignedIn,
    State(app): State<App>,
) -> Result<Markup, Trouble> {
    let status = visitor.verifier(&app)?.status(&visitor.subject()?).await?;
    let body = html! {
        form.card method="post" {
            p { "For the day when your phone is gone. Each code works once." }
            @if let Some(left) = status.backup_codes_left() {
                p { "You have " (left) " left. New codes take their place, and sign out every \
                     browser that you trust." }
            }
            button { "Make backup codes" }
        }
    };
    page(&mut visitor, TITLE, body).await
}

/// The codes are in this answer and nowhere else: coming back shows none.
pub async fn make(
    SignedIn(mut visitor): SignedIn,
    State(app): State<App>,
) -> Result<Response, Trouble> {
    // guide: backup codes
    let authority = visitor.authority(&app, "/settings/backup-codes").await?;
    let codes = match visitor.verifier(&app)?.new_backup_codes(authority).await {
        Ok(codes) => codes.expose(),
        Err(error) => return super::refused(visitor, error, &app, "/settings/backup-codes").await,
    };
    // end of guide
    let text: String = codes.iter().map(|code| format!("{}%0A", code.expose())).collect();
    let body = html! {
        section.card {
            p { "Print these codes or save them. " strong { "We cannot show them again." } }
            ol.codes { @for code in &codes { li { (code.expose()) } } }
            div.row {
                a.button download="backup-codes.txt" href={ "data:text/plain," (text) } { "Save" }
                button.second type="button" data-print hidden { "Print" }
                a.button.second href="/settings" { "Done" }
            }
        }
    };
    Ok(page(&mut visitor, TITLE, body).await?.into_response())
}

const TITLE: &str = "Backup codes";
