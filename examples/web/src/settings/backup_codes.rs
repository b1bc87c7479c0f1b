//! Creation of backup codes.

use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};
use maud::{Markup, html};

use super::refusal_response;
use crate::{SharedState, error::AppError, page::page, session::Settings};

pub async fn show(
    Settings(mut session): Settings,
    State(app): State<SharedState>,
) -> Result<Markup, AppError> {
    let status = session.verifier(&app)?.status(&session.subject()?).await?;
    let body = html! {
        form.card method="post" {
            p { "Use backup codes if you lose your phone. Each code works once." }
            @if let Some(left) = status.backup_codes_left() {
                p { "You have " (left) " left. New codes replace them and sign out all trusted \
                     devices." }
            }
            button { "Create backup codes" }
        }
    };
    page(&mut session, TITLE, body).await
}

/// Creates new codes. Only this response contains them.
pub async fn create(
    Settings(mut session): Settings,
    State(app): State<SharedState>,
) -> Result<Response, AppError> {
    // guide: backup codes
    let grant = session.grant(PATH).await?;
    let codes = match session.verifier(&app)?.new_backup_codes(&grant).await {
        Ok(codes) => codes.expose(),
        Err(error) => return refusal_response(session, error, &app, PATH).await,
    };
    // end of guide
    let text: String = codes.iter().map(|code| format!("{}%0A", code.expose())).collect();
    let body = html! {
        section.card {
            p { "Print or save these codes. " strong { "You won't be able to see them again." } }
            ol.codes { @for code in &codes { li { (code.expose()) } } }
            div.row {
                a.button download="backup-codes.txt" href={ "data:text/plain," (text) } {
                    "Download"
                }
                button.secondary type="button" data-print hidden { "Print" }
                a.button.secondary href="/settings" { "Done" }
            }
        }
    };
    Ok(page(&mut session, TITLE, body).await?.into_response())
}

const TITLE: &str = "Backup codes";
const PATH: &str = "/settings/backup-codes";
