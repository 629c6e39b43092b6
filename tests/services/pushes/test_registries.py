"""Storing a registry: image pushes that waited for its credential continue."""


async def test_a_credential_that_is_stored_later_frees_what_was_held_without_one(
    image_pushes, docker_registry, repository
):
    name = f"{docker_registry.address}/{repository}"
    await image_pushes.environment("Development", "staging-1", image=f"{name}:1.0.0")
    digest = await docker_registry.push_image(repository, "1.1.0", content="1.1.0")
    async with image_pushes.worker():
        (push,) = await image_pushes.push("1.1.0", repository=name, known=False)
        await image_pushes.until_verdict("Development", push, "refused")
        await image_pushes.store_registry(docker_registry.address)
        async with image_pushes.database.begin() as tx:
            await tx.lookups.ask_again(docker_registry.address)
        await image_pushes.until_ended()
    assert image_pushes.runs("staging-1") == f"{name}:1.1.0@{digest}"
