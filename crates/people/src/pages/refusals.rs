//! What a refused verb says to people and scripts.

use web::Refused;

use crate::{
    ChangePasswordRefused, CreateAccountRefused, CreateTokenRefused, Denied, DisableRefused,
    EndSessionRefused, GrantRefused, ResetRefused, RevokeGrantRefused, RevokeTokenRefused,
    UnlockRefused,
};

impl From<Denied> for Refused {
    fn from(_: Denied) -> Self {
        Self::Forbidden
    }
}

/// The verb's own sentence, then what is safe.
fn unchanged(code: &'static str, why: &dyn std::fmt::Display) -> Refused {
    Refused::unprocessable(code, format!("{why}。什么也没有改动。"))
}

/// Says for each refusal of a verb what it is: denied and faults as everywhere, the missing ones
/// as a page that there is not, the others as the verb's own sentence under a stable word.
macro_rules! refusals {
    ($($verb:ident { missing: $($missing:ident)*; $($variant:ident => $code:literal,)* })+) => {$(
        impl From<$verb> for Refused {
            fn from(refused: $verb) -> Self {
                match refused {
                    $verb::Denied(denied) => denied.into(),
                    $verb::Fault(fault) => fault.into(),
                    $($verb::$missing => Self::NotFound,)*
                    $(why @ $verb::$variant { .. } => unchanged($code, &why),)*
                }
            }
        }
    )+};
}

refusals! {
    CreateAccountRefused {
        missing: ;
        Name => "bad-name",
        DisplayName => "bad-display-name",
        NameTaken => "name-taken",
        Scope => "bad-scope",
    }
    ChangePasswordRefused {
        missing: ;
        WrongPassword => "wrong-password",
        Weak => "weak-password",
        Same => "same-password",
    }
    ResetRefused { missing: NoAccount; OwnAccount => "own-account", }
    DisableRefused {
        missing: NoAccount;
        OwnAccount => "own-account",
        LastAdministrator => "last-administrator",
    }
    UnlockRefused { missing: NoAccount; }
    EndSessionRefused { missing: NotOpen; }
    GrantRefused {
        missing: NoAccount;
        OwnAccount => "own-account",
        Scope => "bad-scope",
        Already => "already-granted",
    }
    RevokeGrantRefused {
        missing: NotInForce;
        OwnAccount => "own-account",
        LastAdministrator => "last-administrator",
    }
    CreateTokenRefused {
        missing: NoAccount;
        Name => "bad-name",
        Days => "bad-days",
        TooMany => "too-many-tokens",
    }
    RevokeTokenRefused { missing: NotInForce; }
}
