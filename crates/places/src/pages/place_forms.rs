//! The forms of one place: register, rename, close.

use axum::extract::{Path, Query};
use kernel::Code as _;
use serde::Deserialize;
use web::{Answer, Ask, FieldErrors, Form, Refused};

use crate::{
    Closing, CountsPart, Front, NewPlace, Place, PlaceId, PlaceKind, Reach, Renaming, TreeError,
    close_place, create_place, edits_town,
    pages::{
        desk::{Desk, date_field, id_of, see, version_field},
        form_page::{Choice, Field, FormPage},
    },
    refusal::Beside as _,
    rename_place,
};

/// Where the new place hangs.
#[derive(Deserialize)]
pub(crate) struct Under {
    parent: String,
}

/// `GET /places/new?parent=…`
pub(crate) async fn new(ask: Ask, Query(under): Query<Under>) -> Answer {
    new_form(&ask, id_of(&under.parent)?).await?.show(&ask)
}

async fn new_form(ask: &Ask, parent: PlaceId) -> Answer<FormPage> {
    let desk = Desk::open_on(ask, ask.cx.today()).await?;
    let above = desk.place(parent)?;
    let town = desk.atlas.town_of(parent);
    if !edits_town(&ask.cx.actor, town) {
        return Err(Refused::Forbidden);
    }
    let mut kinds: Vec<Choice> = Vec::new();
    for kind in above.kind.below() {
        if *kind == PlaceKind::Front {
            let front = |front: &Front| Choice::new(front.code(), front.label());
            kinds.extend(Front::ALL.iter().map(front));
        } else {
            kinds.push(Choice::new(kind.code(), kind.label()));
        }
    }
    if kinds.is_empty() {
        return Err(TreeError::KindsDoNotFit { child: PlaceKind::Shop, parent: above.kind }.into());
    }
    Ok(FormPage {
        heading: "登记地点",
        crumbs: vec![(above.name.clone(), format!("/places/{parent}"))],
        note: above.name.clone(),
        action: "/places".into(),
        submit: "登记这个地点",
        back: format!("/places/{parent}"),
        version: None,
        fields: vec![
            Field::choice("parent", "上级", vec![Choice::new(parent, above.name.clone())])
                .value(parent),
            Field::choice("kind", "类别", kinds),
            Field::line("name", "名称").hint("同一级里不能重名"),
            Field::line("address", "地址").optional(),
            Field::date("on", "从哪天起", ask.cx.today()).hint("可以填以前的日期，不能填以后的"),
        ],
    })
}

/// `POST /places`
pub(crate) async fn create(ask: Ask, form: Form) -> Answer {
    let mut errors = FieldErrors::new();
    let parent: PlaceId = id_of(form.get("parent"))?;
    let front = Front::from_code(form.get("kind"));
    let kind = front.map(|_| PlaceKind::Front).or_else(|| PlaceKind::from_code(form.get("kind")));
    if kind.is_none() {
        errors.add("kind", "请从列表里选");
    }
    let new = NewPlace {
        parent,
        kind: kind.unwrap_or(PlaceKind::Shop),
        front,
        name: form.required("name", &mut errors),
        address: form.get("address").to_owned(),
        from: date_field(&form, "on", &mut errors),
    };
    if errors.is_empty() {
        let mut tx = ask.db().write().await?;
        match create_place(&mut tx, &ask.cx, new).await {
            Ok(id) => {
                tx.commit().await?;
                return Ok(see(format_args!("/places/{id}")));
            }
            Err(refused) => errors = refused.into_errors()?,
        }
    }
    new_form(&ask, parent).await?.show_again(&ask, &form, &errors)
}

/// A place that the actor may change today, for a form about it.
pub(crate) async fn changeable(ask: &Ask, id: PlaceId) -> Answer<(Desk, Place)> {
    let desk = Desk::open_on(ask, ask.cx.today()).await?;
    let place = desk.place(id)?.clone();
    if !desk.edits(ask, &place) {
        return Err(Refused::Forbidden);
    }
    Ok((desk, place))
}

/// The frame of a form about a place.
pub(crate) fn form_about(place: &Place, heading: &'static str, action: &str) -> FormPage {
    FormPage {
        heading,
        crumbs: vec![(place.name.clone(), format!("/places/{}", place.id))],
        note: place.name.clone(),
        action: format!("/places/{}/{action}", place.id),
        submit: heading,
        back: format!("/places/{}", place.id),
        version: Some(place.version),
        fields: Vec::new(),
    }
}

async fn rename_form(ask: &Ask, id: PlaceId) -> Answer<FormPage> {
    let (_, place) = changeable(ask, id).await?;
    Ok(FormPage {
        fields: vec![
            Field::line("name", "名称").value(&place.name).hint("同一级里不能重名"),
            Field::line("address", "地址").value(&place.address).optional(),
            Field::date("on", "从哪天起", ask.cx.today()).hint("这天以前仍是原来的名称"),
        ],
        submit: "存新名称",
        ..form_about(&place, "改名称地址", "names")
    })
}

/// `GET /places/{id}/rename`
pub(crate) async fn rename(ask: Ask, Path(id): Path<String>) -> Answer {
    rename_form(&ask, id_of(&id)?).await?.show(&ask)
}

/// `POST /places/{id}/names`
pub(crate) async fn renamed(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let place: PlaceId = id_of(&id)?;
    let mut errors = FieldErrors::new();
    let new = Renaming {
        place,
        name: form.required("name", &mut errors),
        address: form.get("address").to_owned(),
        on: date_field(&form, "on", &mut errors),
        version: version_field(&form),
    };
    if errors.is_empty() {
        let mut tx = ask.db().write().await?;
        match rename_place(&mut tx, &ask.cx, new).await {
            Ok(()) => {
                tx.commit().await?;
                return Ok(see(format_args!("/places/{place}")));
            }
            Err(refused) => errors = refused.into_errors()?,
        }
    }
    rename_form(&ask, place).await?.show_again(&ask, &form, &errors)
}

async fn close_form(ask: &Ask, id: PlaceId) -> Answer<FormPage> {
    let (_, place) = changeable(ask, id).await?;
    Ok(FormPage {
        fields: vec![
            Field::date("on", "从哪天起关闭", ask.cx.today()).hint("这天以前的样子都还查得到"),
            Field::text("reason", "原因"),
        ],
        submit: "关闭这个地点",
        ..form_about(&place, "关闭地点", "closures")
    })
}

/// `GET /places/{id}/close`
pub(crate) async fn close(ask: Ask, Path(id): Path<String>) -> Answer {
    close_form(&ask, id_of(&id)?).await?.show(&ask)
}

/// `POST /places/{id}/closures`
pub(crate) async fn closed(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let place: PlaceId = id_of(&id)?;
    let mut errors = FieldErrors::new();
    let closing = Closing {
        place,
        on: date_field(&form, "on", &mut errors),
        reason: form.required("reason", &mut errors),
        version: version_field(&form),
    };
    if errors.is_empty() {
        match try_close(&ask, closing).await {
            Ok(address) => return Ok(see(address)),
            Err(refused) => errors = refused.into_errors()?,
        }
    }
    close_form(&ask, place).await?.show_again(&ask, &form, &errors)
}

/// Closes the place unless units still operate in it; answers where to go on.
async fn try_close(ask: &Ask, closing: Closing) -> Result<String, TreeError> {
    let (id, on) = (closing.place, closing.on);
    let mut tx = ask.db().write().await?;
    let atlas = crate::Atlas::load(&mut tx, ask.cx.today()).await?;
    let counts = ask.state.part::<CountsPart>();
    let figures = counts.of(&mut tx, &atlas, &Reach::everything(), ask.cx.today()).await?;
    let inside = figures.get(&id).map_or(0, |figures| figures.operating);
    close_place(&mut tx, &ask.cx, closing).await?;
    // After the verb, so that who may not close it does not learn of its units.
    if inside > 0 {
        return Err(TreeError::HasUnits(inside));
    }
    tx.commit().await?;
    let parent = atlas.place(id).and_then(|place| place.parent);
    let day_before = on.yesterday().unwrap_or(on);
    Ok(parent.map_or_else(
        || format!("/places/{id}?on={day_before}"),
        |parent| format!("/places/{parent}"),
    ))
}
