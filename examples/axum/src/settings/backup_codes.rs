//! Creation of backup codes.

use axum::response::Response;
use maud::html;
use serde_json::json;

use super::Settings;
use crate::{context::permission::held, failure::Failure};

pub(crate) async fn show(Settings(context): Settings) -> Result<Response, Failure> {
    let text = context.text();
    let status = context.verifier()?.status(&context.subject()?).await?;
    let left = status.backup_codes_left();
    let body = html! {
        form.card method="post" {
            p { (text.of("Use backup codes if you lose your phone. Each code works once.")) }
            @if let Some(left) = left {
                p {
                    (text.with("You have {} left.", &left.to_string())) " "
                    (text.of("New codes replace them and sign out all trusted devices."))
                }
            }
            button { (text.of("Create backup codes")) }
        }
    };
    context.page(text.of(TITLE), &body, &json!({ "page": "backup_codes", "left": left })).await
}

/// Creates new codes. Only this response contains them.
pub(crate) async fn create(Settings(mut context): Settings) -> Result<Response, Failure> {
    let text = context.text();
    let form = || held(PATH, "Create backup codes", &[]);
    let grant = context.grant(PATH, form()).await?;
    let verifier = context.verifier()?;
    let codes = match verifier.new_backup_codes(&grant).await {
        Ok(codes) => codes.expose(),
        Err(error) => return context.denied(&error, PATH, form()).await,
    };
    let codes: Vec<&str> = codes.iter().map(|code| code.expose()).collect();
    let file: String = codes.iter().map(|code| format!("{code}%0A")).collect();
    let body = html! {
        section.card {
            p {
                (text.of("Print or save these codes.")) " "
                strong { (text.of("You won't be able to see them again.")) }
            }
            ol.codes { @for code in &codes { li { (code) } } }
            div.row {
                a.button download="backup-codes.txt" href={ "data:text/plain," (file) } {
                    (text.of("Download"))
                }
                button.secondary type="button" data-print hidden { (text.of("Print")) }
                a.button.secondary href="/two-factor/settings" { (text.of("Done")) }
            }
        }
    };
    let model = match context.info.wants_json {
        true => json!({ "page": "backup_codes", "codes": codes }),
        false => json!({ "page": "backup_codes" }),
    };
    context.save().await?;
    context.page(text.of(TITLE), &body, &model).await
}

const TITLE: &str = "Backup codes";
const PATH: &str = "/two-factor/settings/backup-codes";
