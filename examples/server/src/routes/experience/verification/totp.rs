//! By an authenticator app.

use std::sync::Arc;

use axum::Json;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vestibule::flow::{GenerateTotpSecret, VerifyTotp};
use vestibule::identifier::VerificationId;
use vestibule::secret::{Secret, ShownOnce};

use super::{Verified, verified};
use crate::extract::Body;
use crate::openapi::answers::{Answers, ReadsBody, Runs};
use crate::openapi::bodies;
use crate::problem::Problem;
use crate::server::Server;
use crate::step::OpenInteraction;

/// What an authenticator app calls the service.
const ISSUER: &str = "vestibule";

/// How large a QR code is at least, in pixels. It scales.
const QR_CODE_SIZE: u32 = 256;

pub(super) fn routes() -> OpenApiRouter<Arc<Server>> {
    OpenApiRouter::new().routes(routes!(generate)).routes(routes!(verify))
}

/// A new secret, shown this once.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct NewSecret {
    /// The record to verify with a code of the secret.
    #[schema(value_type = String)]
    verification_id: VerificationId,
    /// The secret, in base32.
    #[schema(value_type = String)]
    secret: ShownOnce,
    /// The secret for an app's camera: an SVG, as a data URI, of the `otpauth` URI.
    #[schema(value_type = String)]
    secret_qr_code: ShownOnce,
}

/// Makes a secret for an authenticator app.
#[utoipa::path(
    post, path = "/api/experience/verification/totp/secret", operation_id = "generateTotpSecret",
    tag = "verification", security(("interaction" = [])),
    responses(
        (status = 200, description = "The secret, shown this once.", body = NewSecret),
        Answers<(Runs<GenerateTotpSecret>,)>,
    ),
)]
async fn generate(interaction: OpenInteraction) -> Result<Json<NewSecret>, Problem> {
    let made = interaction.run(GenerateTotpSecret::new(ISSUER)).await?;
    let secret_qr_code = qr_code(&made.otpauth_uri)?;
    Ok(Json(NewSecret { verification_id: made.verification_id, secret: made.secret, secret_qr_code }))
}

/// A text as a QR code: an SVG as a data URI. The lowest error correction leaves room for the longest account name.
fn qr_code(text: &ShownOnce) -> Result<ShownOnce, Problem> {
    let code = QrCode::with_error_correction_level(text.expose(), EcLevel::L).map_err(|error| {
        tracing::error!(%error, "a QR code was not made");
        Problem::Broken
    })?;
    let image = code.render::<svg::Color<'_>>().min_dimensions(QR_CODE_SIZE, QR_CODE_SIZE).build();
    let uri = format!("data:image/svg+xml;base64,{}", STANDARD.encode(image));
    Ok(ShownOnce::new(Secret::new(uri)))
}

/// Tries a code: of a new secret if its record is named, else of the user's own.
#[utoipa::path(
    post, path = "/api/experience/verification/totp/verify", operation_id = "verifyTotp",
    tag = "verification", security(("interaction" = [])),
    request_body = bodies::VerifyTotp,
    responses(
        (status = 200, description = "Verified.", body = Verified),
        Answers<(ReadsBody, Runs<VerifyTotp>)>,
    ),
)]
async fn verify(
    interaction: OpenInteraction,
    Body(verify): Body<VerifyTotp>,
) -> Result<Json<Verified>, Problem> {
    interaction.run(verify).await.map(verified)
}

#[cfg(test)]
mod tests {
    use vestibule::user::TotpSecret;

    use super::*;

    #[test]
    fn the_longest_account_name_fits_into_a_qr_code() {
        let secret = TotpSecret::from_bytes([7; 20]);
        let uri = secret.otpauth_uri(ISSUER, &"\u{10FFFF}".repeat(256));
        assert!(uri.expose().len() > 3072);
        let image = qr_code(&uri).unwrap();
        let image = STANDARD.decode(image.expose().strip_prefix("data:image/svg+xml;base64,").unwrap());
        assert!(String::from_utf8(image.unwrap()).unwrap().contains("<svg"));
    }
}
