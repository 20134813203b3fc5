"""walking: one tick's way towards the target, then to a spot of one's own inside it.

A straight step is 1 tile, a diagonal one √2; what is left of a tick's way is kept in `progress`, so no speed is
rounded. A step that was begun is finished even if the target changes: nobody jumps. Inside the target the NPC goes
straight to its spot, a tile drawn for this NPC and place and not taken by anybody else. Whoever talks goes and stands
beside the other. Whoever has to wait for its target stops before it, behind those who stand there already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aitown.sim.attention import NOBODY, bit, first, without_first
from aitown.sim.codes import ARRIVED, NONE, constant
from aitown.sim.compiled import inlined, loop
from aitown.sim.events import PLAIN, emit
from aitown.sim.map import ARRIVED as INSIDE
from aitown.sim.map import DX, DY, MapArrays, step_toward
from aitown.sim.random import below

if TYPE_CHECKING:
    from aitown.sim.world import Now, World

SYSTEM = constant(3)
_TRIES = 64
_STRIDE = 7
_STAY = constant(0)
_DIAGONAL = 2**0.5
_NEARLY = 1e-6


@loop
def enter(world: World, i: int, place: int) -> None:
    """Put an NPC onto the list of those in `place` (-1: none), off that of the place where it was."""
    npcs, places = world.npcs, world.places
    before = npcs[i].place
    if before == place:
        return
    if before >= 0:
        following, preceding = npcs[i].next_here, npcs[i].before_here
        if preceding >= 0:
            npcs[preceding].next_here = following
        else:
            places[before].first_here = following
        if following >= 0:
            npcs[following].before_here = preceding
        places[before].occupants -= 1
    npcs[i].place, npcs[i].before_here, npcs[i].next_here = place, -1, -1
    if place >= 0:
        first = places[place].first_here
        npcs[i].next_here = first
        if first >= 0:
            npcs[first].before_here = i
        places[place].first_here = i
        places[place].occupants += 1


@loop
def _inside(town: MapArrays, tile: int, place: int, dx: int, dy: int) -> bool:
    x, y = tile % town.width + dx, tile // town.width + dy
    if not (0 <= x < town.width and 0 <= y < town.height):
        return False
    there = y * town.width + x
    return bool(town.walkable[there] and town.tile_place[there] == place)


@loop
def _straight(town: MapArrays, tile: int, spot: int, place: int) -> int:
    """The heading of a step nearer to `spot` that neither leaves the place nor cuts a corner; 8 if there is none."""
    width = town.width
    away_x, away_y = spot % width - tile % width, spot // width - tile // width
    dx = 1 if away_x > 0 else (-1 if away_x < 0 else 0)
    dy = 1 if away_y > 0 else (-1 if away_y < 0 else 0)
    along_x = dx != 0 and _inside(town, tile, place, dx, _STAY)
    along_y = dy != 0 and _inside(town, tile, place, _STAY, dy)
    if not (along_x and along_y and _inside(town, tile, place, dx, dy)):
        if along_x and (not along_y or abs(away_x) >= abs(away_y)):
            dy = 0
        elif along_y:
            dx = 0
        else:
            return INSIDE
    for way in range(8):
        if DX[way] == dx and DY[way] == dy:
            return way
    return INSIDE


@loop
def _can_go(town: MapArrays, tile: int, spot: int, place: int) -> bool:
    while tile != spot:
        way = _straight(town, tile, spot, place)
        if way == INSIDE:
            return False
        tile += DY[way] * town.width + DX[way]
    return True


@loop
def find_spot(world: World, town: MapArrays, i: int, tile: int, place: int) -> int:
    """A tile of the place for NPC `i`, who comes in at `tile`: free and in reach; where it stands if there is none."""
    first, count = town.spot_start[place], town.spot_start[place + 1] - town.spot_start[place]
    stride = _STRIDE if count % _STRIDE else 1
    start = below(int(count), world.rules[0].seed, SYSTEM, i, _STAY, place)
    for k in range(min(count, _TRIES)):
        spot = int(town.spots[first + (start + k * stride) % count])
        if world.tiles[spot].taken == 0 and _can_go(town, tile, spot, place):
            return int(spot)
    return tile


@loop
def _beside(world: World, town: MapArrays, i: int, j: int) -> int:
    """A free tile next to the spot of `j`, in the same place and in reach of `i`; -1 if there is none."""
    npcs, width = world.npcs, town.width
    place, tile, spot = int(npcs[i].place), int(npcs[i].tile), int(npcs[j].spot)
    if max(abs(spot % width - tile % width), abs(spot // width - tile // width)) <= 1:
        return -1
    best, least = -1, 1 << 30
    for way in range(8):
        if not _inside(town, spot, place, int(DX[way]), int(DY[way])):
            continue
        there = spot + DY[way] * width + DX[way]
        away = max(abs(there % width - tile % width), abs(there // width - tile // width))
        if away < least and world.tiles[there].taken == 0 and _can_go(town, tile, there, place):
            best, least = there, away
    return best


@loop
def take_spot(world: World, i: int, spot: int) -> None:
    """Give up the present spot, if any, and take `spot` (-1: none)."""
    npcs = world.npcs
    if npcs[i].spot >= 0:
        world.tiles[npcs[i].spot].taken -= 1
    npcs[i].spot = spot
    npcs[i].settled = 0
    if spot >= 0:
        world.tiles[spot].taken += 1


@loop
def _stops(world: World, town: MapArrays, tile: int, way: int, target: int) -> bool:
    """Whether the next step would lead into the place, or onto somebody who stands in line before it."""
    if way >= INSIDE:
        return True
    there = tile + DY[way] * town.width + DX[way]
    return bool(town.tile_place[there] == target or (town.tile_place[there] < 0 and world.tiles[there].taken > 0))


@inlined
def _next_heading(world: World, town: MapArrays, i: int) -> int:
    """The heading of the next step, or 8 if the NPC is where it wants to be."""
    npcs = world.npcs
    target, tile = int(npcs[i].target), int(npcs[i].tile)
    if npcs[i].place != target:
        way = int(step_toward(town, target, tile))
        return INSIDE if npcs[i].queued and _stops(world, town, tile, way, target) else way
    if npcs[i].spot < 0:
        take_spot(world, i, find_spot(world, town, i, tile, target))
    if tile == npcs[i].spot:
        return INSIDE
    way = _straight(town, tile, int(npcs[i].spot), target)
    if way == INSIDE:
        take_spot(world, i, tile)
    return way


@inlined
def _walk(world: World, town: MapArrays, i: int, tick: int) -> None:
    npcs, width = world.npcs, town.width
    budget = world.rules[0].speed
    while budget > _NEARLY:
        if npcs[i].progress == 0:
            way = _next_heading(world, town, i)
            if way >= INSIDE:
                if npcs[i].queued:
                    take_spot(world, i, int(npcs[i].tile))
                npcs[i].settled = 1
                break
            npcs[i].heading = way
        way = npcs[i].heading
        length = 1.0 if way % 2 == 0 else _DIAGONAL
        left = length - npcs[i].progress
        if budget + _NEARLY < left:
            npcs[i].progress += budget
            break
        budget -= left
        npcs[i].progress = 0
        npcs[i].tile += DY[way] * width + DX[way]
        place = int(town.tile_place[npcs[i].tile])
        if place != npcs[i].place:
            enter(world, i, place)
            if place == npcs[i].target:
                emit(world.log, tick, ARRIVED, i, NONE, place, PLAIN)
    stand(world, width, i)


@inlined
def stand(world: World, width: int, i: int) -> None:
    """X and y from the tile and the progress on the step."""
    npcs = world.npcs
    way = npcs[i].heading
    share = npcs[i].progress if way % 2 == 0 else npcs[i].progress / _DIAGONAL
    y = int(npcs[i].tile) // width
    x = int(npcs[i].tile) - y * width
    npcs[i].x = x + 0.5 + DX[way] * share
    npcs[i].y = y + 0.5 + DY[way] * share


@inlined
def _sets_out(world: World, town: MapArrays, i: int, tick: int) -> bool:
    """Whether NPC `i` isn't where it wants to be; it gives up a spot that it leaves."""
    npcs = world.npcs
    if not npcs[i].alive:
        return False
    if npcs[i].settled:
        spot = int(NONE)
        if npcs[i].place == npcs[i].target:
            if npcs[i].partner < 0 or not npcs[i].opener or npcs[i].met_at != tick - 1:
                return False
            spot = _beside(world, town, i, int(npcs[i].partner))
            if spot < 0:
                return False
        take_spot(world, i, spot)
    elif npcs[i].spot >= 0 and town.tile_place[npcs[i].spot] != npcs[i].target:
        take_spot(world, i, NONE)
    return True


@inlined
def walking(world: World, town: MapArrays, now: Now) -> None:
    sets = world.attention.sets
    for w in range(len(sets)):
        word = sets[w].moving
        while word != NOBODY:
            i = first(w, word)
            if _sets_out(world, town, i, now.tick):
                _walk(world, town, i, now.tick)
                sets[w].stirring = sets[w].stirring | bit(i)
            there = world.npcs[i].settled and world.npcs[i].place == world.npcs[i].target
            if there or not world.npcs[i].alive:
                sets[w].moving = sets[w].moving & ~bit(i)
            word = without_first(word)
