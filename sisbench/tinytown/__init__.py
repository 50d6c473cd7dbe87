"""tinytown's generator: street worlds from a number, seen from the ground and from above, with exact label maps.

The rooms, from choice to file:

    keys        every random choice is a hash of its own name: nothing shares a stream
    kinds       what objects are, before any label space names them; `spaces` maps them to labels
    weather     time of day, season, light
    bend        the street's curvature and slope
    shapes      triangles of simple bodies
    scene       objects made of parts, parts made of triangles; the ray tracer's tree
    objects     vehicles, people, buildings, plants, furniture of the street
    street      the plan of a street, and what ground is taken
    ground      level surfaces; `carriageway` and `crossroads` pave a street
    traffic     who drives, parks, walks and waits where
    categories  what stands where: one file per scene category
    worlds      from a number to a finished world
    cameras     ground, aerial, oblique, panorama
    shading     what surfaces look like, compiled
    render      from a world and a camera to a photo and its maps
    spaces      labels of kinds and names of files: one file per label space
    rendering   which views, sizes and labels are asked for
    writer      from a world to its files and the line that describes it
    journal     what a folder holds, so that it can be interrupted, continued and extended
    job         many worlds into a folder, in parallel
    archive     a folder as one zip; `panels`: as the files of the cross-view methods

Rendering needs the extra `render` (Embree through `embreex`, primitive bodies from `trimesh`); the embedded edition
does not.
"""
