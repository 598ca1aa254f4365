//! What works: health checks, then a payment with its consent at every instance.

use std::time::Duration;

use hub_jwks::{Clock, SigningSchedule};
use hub_roles::InstanceId;
use tokio::time::timeout;

use super::directory::{Rotation, publish_tpp};
use super::failure::Failure;
use super::world::{BRANDS, OTHER, World};

/// Tells the journey. It ends at the first step that fails.
pub(super) async fn tell(world: &mut World) -> Result<(), Failure> {
    let [retail, business] = BRANDS;
    for name in [retail, business, OTHER] {
        let instance: InstanceId = name.parse()?;
        world.hub.check_health(&instance).await?;
        world.lfi_of(&instance).check_health(&instance).await?;
    }
    for name in [retail, business, OTHER] {
        payment(world, &name.parse()?, name == retail).await?;
    }
    match world.incidents.try_recv() {
        Ok(incident) => Err(incident.failure.context(&format!("{} refused something on the way", incident.at))),
        Err(_) => Ok(()),
    }
}

/// A payment from the order to the event that tells what has become of it. In between the TPP may rotate its Sig1: what it signed
/// before stays good.
async fn payment(world: &mut World, instance: &InstanceId, rotates: bool) -> Result<(), Failure> {
    let order = world.tpp.order(instance).await?;
    let pushed = world.tpp.push(&order).await?;
    let redirect = world.lfi_of(instance).authorise(instance, &pushed.request_uri).await?;
    let access_token = world.tpp.redeem(&order, &redirect).await?;

    if rotates {
        let step = world.story.aside(format!("{instance}: TPP retires its Sig1, uses the next one"), "keystore");
        rotate_sig1(world)?;
        step.done();
    }

    let state = world.tpp.pay(&order, &access_token).await?;
    if state.consent_id != order.consent_id() {
        return Err(Failure::new("payment.state", "the answer is about another consent"));
    }
    world.hub.notify(instance, order.consent_id()).await?;

    let step = world.story.aside(format!("{instance}: TPP opens the event"), "webhook");
    let event = timeout(PATIENCE, world.events.recv()).await?;
    let event = event.ok_or_else(|| Failure::new("webhook.closed", "the receiver has stopped"))?;
    if event.meta.consent_id != order.consent_id() {
        return Err(Failure::new("webhook.consent", "the event is about another consent"));
    }
    step.sealed::<hub_roles::WebhookEvent>("event");
    step.done();
    Ok(())
}

/// Both keys are published for ten minutes before the next one signs, and until no token of the old one can still be accepted.
fn rotate_sig1(world: &World) -> Result<(), Failure> {
    let publish = |rotation| publish_tpp(&world.material, &world.keystore, "tpp", rotation);
    let clock = world.network.clock();
    let [old, next] = ["Sig1", "Sig1-next"].map(|name| world.tpp.sig1(&world.material, "tpp", name));
    let (old, next) = (old?, next?);

    publish(Rotation::Overlap)?;
    let schedule = SigningSchedule::new()
        .with_published(old.certificate(), old.certificate().validity().not_before())
        .with_published(next.certificate(), clock.now());
    let unpublished = || Failure::new("rotation.schedule", "the next Sig1 is not published");
    clock.skip_to(schedule.signs_from(next.kid()).ok_or_else(unpublished)?);
    world.tpp.cut_over(next);
    clock.skip_to(schedule.published_until(old.kid(), LONGEST_TOKEN).ok_or_else(unpublished)?);
    publish(Rotation::Done)
}

/// How long a request object lives at most.
const LONGEST_TOKEN: Duration = Duration::from_secs(600);

/// How long an event may take from the 202 to the open.
const PATIENCE: Duration = Duration::from_secs(10);
