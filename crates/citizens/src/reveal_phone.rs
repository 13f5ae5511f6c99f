//! Somebody of the staff looks a citizen's phone number up, with a reason, in the journal.

use db::{Entry, Fault, Tx};
use kernel::{CitizenNo, Cx, Keys, Phone, Role};
use serde_json::json;

use crate::{sealed::Sealer, store};

/// Who may: whoever answers for the whole city's records, or runs its campaigns.
const MAY: &[Role] = &[Role::Administrator, Role::Organiser];
/// Characters of a reason.
const REASON: std::ops::RangeInclusive<usize> = 4..=200;

/// Why no number was shown.
#[derive(Debug, thiserror::Error)]
pub enum RevealRefused {
    /// The actor holds no role on the whole city that may.
    #[error("你不能查看市民的手机号")]
    Denied,
    /// There is no such citizen, or the consent was withdrawn.
    #[error("没有这位市民，或者已经撤回同意，手机号已删除")]
    NoCitizen,
    /// The reason is missing, or too long.
    #[error("请写明为什么要看，4 到 200 个字")]
    Reason,
    /// Unexpected.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// The whole number of a citizen. That it was shown, to whom and why, stands in the journal once
/// the transaction is committed; the number is to be shown only after that.
///
/// # Errors
/// [`RevealRefused`]
pub async fn reveal_phone(
    tx: &mut Tx,
    cx: &Cx,
    keys: &Keys,
    citizen: CitizenNo,
    reason: &str,
) -> Result<Phone, RevealRefused> {
    if !cx.actor.has_citywide(MAY) {
        return Err(RevealRefused::Denied);
    }
    let reason = reason.trim();
    if !REASON.contains(&reason.chars().count()) || reason.chars().any(char::is_control) {
        return Err(RevealRefused::Reason);
    }
    let kept = store::citizen::find(tx, citizen).await?.ok_or(RevealRefused::NoCitizen)?;
    let phone = Sealer::new(keys).open(&kept.phone_sealed)?;
    let told = json!({ "citizen": citizen.0, "reason": reason });
    tx.journal(cx, Entry::of("citizen.phone_revealed").detail(&told));
    Ok(phone)
}
