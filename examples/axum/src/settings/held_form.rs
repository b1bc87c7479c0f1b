//! The form that waited for a step-up.

use axum::response::Response;
use maud::html;
use serde_json::json;

use super::{Enrolling, PATH};
use crate::failure::Failure;

/// Shows the form that the user had posted, with one button to send it again.
pub(crate) async fn show(Enrolling(mut context): Enrolling) -> Result<Response, Failure> {
    let text = context.text();
    let Some(form) = context.data.held.take() else { return Ok(context.go("nothing_held", PATH)) };
    context.save().await?;
    let body = html! {
        form.card method="post" action=(form.action) {
            p { (text.of("Thank you, it's you. Continue where you left off:")) }
            @for (name, value) in &form.fields { input type="hidden" name=(name) value=(value); }
            div.row {
                button autofocus { (text.of_stored(&form.what)) }
                a.button.secondary href=(PATH) { (text.of("Cancel")) }
            }
        }
    };
    let model = json!({ "page": "continue", "location": form.action });
    context.page(text.of("Continue"), &body, &model).await
}
