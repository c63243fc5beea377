! A store that is read back. usage: reading STORE
program reading
  use, intrinsic :: ieee_arithmetic, only: ieee_is_nan, ieee_quiet_nan, ieee_value
  use, intrinsic :: iso_fortran_env, only: int32, int64, real32, real64
  use check
  use metalab
  implicit none
  character(len=1024) :: place

  call get_command_argument(1, place)
  call nothing_yet()
  call write_runs()
  call facts()
  call series()
  call axes()
  call arrays()
  call tables()
  call followed()
  call restart()
  call errors()
  call finish_checks()

contains

  subroutine set(options, n)
    type(metalab_options), intent(inout) :: options
    integer, intent(in) :: n

    call options%store(place)
    call options%experiment('reading:1')
    call options%param('n', n)
    call options%param('dt', 0.25d0)
    call options%param('scheme', 'weno')
    call options%param('adaptive', .true.)
    call options%seed(7)
    call options%code_hash('')
    call options%if_success(METALAB_IF_SUCCESS_SKIP)
  end subroutine

  subroutine nothing_yet()
    type(metalab_options) :: options
    type(metalab_run) :: run
    integer :: stat

    call set(options, 1)
    call run%open(options, stat)
    call expect_status(stat, METALAB_ERR_NOT_FOUND, 'no run yet')
    call expect(.not. run%is_open(), 'nothing is open')
  end subroutine

  subroutine write_runs()
    integer :: n

    do n = 1, 3
      call write_run(n)
    end do
  end subroutine

  subroutine write_run(n)
    integer, intent(in) :: n
    type(metalab_options) :: options
    type(metalab_capture) :: run
    type(metalab_arrays) :: several
    type(metalab_snapshots) :: fields
    type(metalab_mapping) :: mapping
    real(real64), target :: r8(2, 3)
    integer(int32), target :: i4(4)
    real(real64), pointer, contiguous :: field(:, :)
    logical :: mask(2, 2)
    complex(real32) :: c4(2)
    integer :: i, j, k, stat

    call set(options, n)
    call run%open(options, stat)
    call expect_status(stat, METALAB_OK, 'open')
    call run%metric('peak', n / 2d0)
    call run%metric('nan', ieee_value(1d0, ieee_quiet_nan))
    call run%metric('big', huge(1_int64))
    call run%metric('done', .true.)
    call run%metric('name', 'cg')
    if (n == 2) call run%metric('only', 1)
    do k = 1, 10
      call run%metric('loss', 1d0 / k, k)
      call run%metric('count', k * k, k)
      call run%metric('good', mod(k, 2) == 1, k)
      call run%metric('phase', repeat('x', k), k)
      ! Axes that have no value at some of the steps.
      if (k < 10) call run%metric('time', k / 8d0, k)
      if (mod(k, 2) == 1) call run%metric('ticks', 10 * k, k)
    end do
    call run%set_axis('loss', 'time')
    call run%set_axis('count', 'ticks')
    call run%set_axis('good', 'phase')
    do j = 1, 3
      do i = 1, 2
        r8(i, j) = 10 * i + j
      end do
    end do
    i4 = [1, 2, 3, 4]
    mask = reshape([.true., .false., .false., .true.], [2, 2])
    c4 = [(1.0, 2.0), (3.0, 4.0)]
    call run%artifact('field', r8)
    call run%artifact('rows', r8, reverse=.true.)
    call run%artifact('ints', i4)
    call run%artifact('mask', mask)
    call run%artifact('complex', c4)
    call run%artifact('empty', r8(1:0, :))
    call run%artifact('words', ['ab ', 'c  '])
    call run%artifact('word', 'one word')
    call several%add('r8', r8)
    call several%add('i4', i4)
    call run%artifact('several', several)
    call run%data('vector', [1d0, 2d0, 3d0])
    call run%data('matrix', r8, metadata='{"unit": "K"}')
    call run%data_json('table', '{"a": [1, 2]}')
    fields = run%snapshots('u', METALAB_DTYPE_FLOAT64, [2, 3])
    do k = 5, 10, 5
      call fields%begin(k, field, mapping)
      field = k
      call mapping%seal(field)
    end do
    call fields%free()
    call run%add_note('a note')
    call run%info('a line')
    call run%close(stat)
    call expect_status(stat, METALAB_OK, 'close')
  end subroutine

  ! The run that is there already, of a sweep that is resumed.
  subroutine earlier_run(run, n)
    type(metalab_run), intent(inout) :: run
    integer, intent(in) :: n
    type(metalab_options) :: options
    type(metalab_capture) :: again
    integer :: stat

    call set(options, n)
    call again%open(options, stat)
    call expect_status(stat, METALAB_SKIP, 'skipped')
    call run%open(options, stat)
    call expect_status(stat, METALAB_OK, 'the run that was skipped')
  end subroutine

  subroutine facts()
    type(metalab_run) :: run, alias
    character(len=:), allocatable :: text
    real(real64) :: r8
    real(real32) :: r4
    integer(int64) :: i8
    integer(int32) :: i4
    logical :: flag
    integer :: stat
    character(len=200) :: errmsg

    call earlier_run(run, 2)
    call expect(run%status() == METALAB_RUN_SUCCESS, 'status')
    call expect(run%experiment_id() == 'reading:1' .and. len(run%run_id()) == 16, 'ids')
    call run%param('n', i4)
    call run%param('dt', r8)
    call run%param('dt', r4)
    call run%param('scheme', text)
    call run%param('adaptive', flag)
    call expect(i4 == 2 .and. abs(r8 - 0.25d0) <= 0 .and. abs(r4 - 0.25) <= 0 .and. text == 'weno' .and. flag, 'params')
    call run%metric('peak', r8)
    call expect(abs(r8 - 1) <= 0, 'metric')
    call run%metric('nan', r8)
    call expect(ieee_is_nan(r8), 'nan')
    call run%metric('big', i8)
    call expect(i8 == huge(i8), 'big')
    call run%metric('big', i4, stat, errmsg)
    call expect_status(stat, METALAB_ERR_VALUE, 'beyond 32 bits')
    call expect(errmsg == 'metrics.big: it is beyond 32 bits', 'beyond 32 bits in words')
    call run%metric('name', text)
    call expect(text == 'cg', 'text')
    i4 = 5
    call run%metric('none', i4, stat, errmsg)
    call expect_status(stat, METALAB_ERR_NOT_FOUND, 'no such metric')
    call expect(i4 == 5 .and. index(errmsg, 'metrics.none') > 0, 'no such metric in words')
    call run%metric('name', i4, stat)
    call expect_status(stat, METALAB_ERR_VALUE, 'a text is no integer')
    call run%metric('big', flag, stat)
    call expect_status(stat, METALAB_ERR_VALUE, 'a number is no logical')
    call expect(run%text('notes') == 'a note', 'notes')
    call expect(index(run%log(), 'a line') > 0 .and. run%log(int(len(run%log()), int64)) == '', 'log')
    call expect(index(run%record_json(), '"success"') > 0, 'record')
    call expect(index(run%names_json(), '"several"') > 0, 'names')
    call expect(index(run%artifacts_json(), 'several.npz') > 0, 'artifacts')
    call expect(index(run%data_json('table'), '"a"') > 0, 'data_json')
    call expect(index(run%data_metadata_json('matrix'), '"K"') > 0, 'metadata of data')
    call expect(run%data_metadata_json('none', stat) == '', 'no such data')
    call expect_status(stat, METALAB_ERR_NOT_FOUND, 'metadata of no data')
    text = run%array_names_json('several')
    call expect(index(text, '"r8"') > 0 .and. index(text, '"i4"') > index(text, '"r8"'), 'names of arrays: ' // text)
    call expect(run%array_names_json('none', stat) == '', 'no such artifact')
    call expect_status(stat, METALAB_ERR_NOT_FOUND, 'arrays of no artifact')
    call expect(run%last_step() == 10, 'last_step')
    call run%verify('field', stat)
    call expect_status(stat, METALAB_OK, 'verify')
    call run%refresh(stat)
    call expect_status(stat, METALAB_OK, 'refresh')
    ! A copy is another name, by which it can be closed.
    alias = run
    call expect(alias%status() == METALAB_RUN_SUCCESS, 'the same')
    call alias%close()
    i4 = run%status(stat)
    call expect_status(stat, METALAB_ERR_CLOSED, 'closed by another name')
    call run%close()
    i4 = run%status(stat)
    call expect_status(stat, METALAB_ERR_NULL, 'closed')
  end subroutine

  subroutine series()
    type(metalab_run) :: run
    integer(int64), allocatable :: steps(:), counts(:)
    real(real64), allocatable :: values(:)
    logical, allocatable :: flags(:)
    character(len=12), allocatable :: texts(:)
    integer :: k, stat

    call earlier_run(run, 1)
    call run%series('loss', steps, values)
    call expect(all(steps == [(int(k, int64), k = 1, 10)]), 'steps')
    call expect(all(abs(values - [(1d0 / k, k = 1, 10)]) <= 0), 'values')
    call run%series('count', steps, counts)
    call expect(all(counts == [(int(k * k, int64), k = 1, 10)]), 'integers')
    call run%series('count', steps, values)
    call expect(abs(values(10) - 100) <= 0, 'integers as reals')
    call run%series('good', steps, flags)
    call expect(flags(1) .and. .not. flags(2), 'logicals')
    call run%series('phase', steps, texts)
    call expect(size(texts) == 10 .and. texts(3) == 'xxx' .and. texts(10) == repeat('x', 10), 'texts')
    call run%series('loss', steps, counts, stat=stat)
    call expect_status(stat, METALAB_ERR_VALUE, 'reals are no integers')
    call run%series('none', steps, values, stat=stat)
    call expect_status(stat, METALAB_ERR_NOT_FOUND, 'no such series')
    call expect(.not. allocated(steps), 'no steps')
  end subroutine

  subroutine axes()
    type(metalab_run) :: run
    type(metalab_points) :: points, few, axis
    integer(int64), allocatable :: steps(:), counts(:)
    real(real64), allocatable :: values(:), time(:)
    logical, allocatable :: flags(:), is_there(:)
    integer :: k, stat
    character(len=200) :: errmsg

    call earlier_run(run, 1)
    call run%series('loss', steps, values, is_there, time)
    call expect(size(time) == 10 .and. all(abs(time(:9) - [(k / 8d0, k = 1, 9)]) <= 0), 'an axis')
    call expect(ieee_is_nan(time(10)) .and. size(is_there) == 10 .and. all(is_there), 'an axis that ends')
    call run%series('loss', steps, values, axis=time, most=4)
    call expect(size(steps) == 2 .and. steps(2) == 10 .and. size(values) == 2 .and. size(time) == 2, 'thinned')
    call expect(abs(time(1) - 0.125d0) <= 0, 'the axis of what is thinned')
    call run%series('phase', steps, values, axis=time, stat=stat)
    call expect_status(stat, METALAB_ERR_VALUE, 'texts are no numbers')
    call run%series('ticks', steps, values, axis=time, stat=stat)
    call expect_status(stat, METALAB_OK, 'no axis')
    call expect(size(values) == 5 .and. .not. allocated(time), 'an axis is not allocated')
    call run%series('good', steps, flags, axis=time, stat=stat, errmsg=errmsg)
    call expect_status(stat, METALAB_ERR_VALUE, 'an axis of texts')
    call expect(index(errmsg, 'phase') > 0, 'an axis of texts in words: ' // errmsg)

    call run%series('count', points)
    call expect(index(points%about_json(), '"ticks"') > 0, 'about')
    call run%axis(points, time, is_there)
    call expect(abs(time(3) - 30) <= 0 .and. ieee_is_nan(time(2)), 'an axis of integers')
    call expect(is_there(1) .and. .not. is_there(2), 'where the axis has values')
    call run%axis(points, axis)
    call axis%get(steps, counts, is_there)
    call expect(size(steps) == 10 .and. counts(3) == 30 .and. is_there(3) .and. .not. is_there(4), 'missing integers')
    call points%thin(4, few)
    call few%get(steps, counts)
    call expect(size(steps) == 2 .and. counts(2) == 100, 'few points')
    call few%close()
    call run%axis(axis, time, stat=stat)
    call expect_status(stat, METALAB_ERR_NOT_FOUND, 'the axis of an axis')
    call expect(.not. allocated(time), 'no axis of an axis')
    call points%close()
    call points%thin(4, few, stat)
    call expect_status(stat, METALAB_ERR_NULL, 'thin what is closed')
    call expect(points%about_json(stat) == '' .and. stat == METALAB_ERR_NULL, 'about what is closed')
    call run%follow('loss', points)
    call points%thin(4, few, stat)
    call expect_status(stat, METALAB_ERR_VALUE, 'thin what is followed')
    call run%series('none', points, stat)
    call expect_status(stat, METALAB_ERR_NOT_FOUND, 'no such points')
    call expect(.not. points%is_open(), 'no points')
  end subroutine

  subroutine arrays()
    type(metalab_run) :: run
    type(metalab_loaded) :: found
    real(real64), allocatable :: r8(:, :), line(:)
    real(real64), pointer, contiguous :: mapped(:, :)
    integer(int32), allocatable :: i4(:)
    logical, allocatable :: mask(:, :)
    complex(real32), allocatable :: c4(:)
    character(len=3), allocatable :: words(:)
    character(len=2), allocatable :: short(:)
    character(len=:), allocatable :: word
    integer(int64) :: step
    integer :: stat
    character(len=200) :: errmsg

    call earlier_run(run, 3)
    call run%array('field', found)
    call found%get(r8)
    call expect(all(shape(r8) == [2, 3]) .and. abs(r8(2, 3) - 23) <= 0 .and. abs(r8(2, 1) - 21) <= 0, 'field')
    call found%map(mapped)
    call expect(all(abs(mapped - r8) <= 0), 'mapped')
    call found%verify(stat)
    call expect_status(stat, METALAB_OK, 'verify')
    call found%get(line, stat, errmsg)
    call expect_status(stat, METALAB_ERR_VALUE, 'another rank')
    call expect(errmsg == 'get: array: it has 2 dimensions in the store, and not 1', 'rank in words: ' // errmsg)
    call found%get(mask, stat, errmsg)
    call expect_status(stat, METALAB_ERR_VALUE, 'another type')
    call run%array('rows', found)
    call found%get(r8)
    call expect(all(shape(r8) == [3, 2]) .and. abs(r8(3, 2) - 23) <= 0 .and. abs(r8(1, 2) - 21) <= 0, 'by rows')
    call found%map(mapped, stat)
    call expect_status(stat, METALAB_ERR_UNSUPPORTED, 'by rows is not mapped')
    call expect(.not. associated(mapped), 'not associated')
    call run%array('ints', found)
    call found%get(i4)
    call expect(all(i4 == [1, 2, 3, 4]), 'ints')
    call run%array('mask', found)
    call found%get(mask)
    call expect(mask(1, 1) .and. .not. mask(2, 1) .and. mask(2, 2), 'mask')
    call run%array('complex', found)
    call found%get(c4)
    call expect(abs(c4(2) - (3.0, 4.0)) <= 0, 'complex')
    call run%array('empty', found)
    call found%get(r8)
    call expect(all(shape(r8) == [0, 3]), 'empty')
    call run%array('words', found)
    call found%get(words)
    call expect(size(words) == 2 .and. words(1) == 'ab' .and. words(2) == 'c', 'words')
    call found%get(short, stat, errmsg)
    call expect_status(stat, METALAB_ERR_VALUE, 'no room')
    call expect(errmsg == 'get: texts: one has 3 bytes, and there is room for 2', 'no room in words: ' // errmsg)
    call run%array('word', found)
    call found%get(word)
    call expect(word == 'one word', 'word')
    call run%array('several', found, 'i4')
    call found%get(i4)
    call expect(size(i4) == 4, 'one of several')
    call run%array('several', found, stat=stat)
    call expect_status(stat, METALAB_ERR_VALUE, 'which one')
    call expect(.not. found%is_open(), 'nothing found')
    call found%get(i4, stat)
    call expect_status(stat, METALAB_ERR_NULL, 'nothing to get')
    call run%data('vector', found)
    call found%get(line)
    call expect(all(abs(line - [1, 2, 3]) <= 0), 'vector')
    call run%data('matrix', found)
    call found%get(r8)
    call expect(all(shape(r8) == [2, 3]) .and. abs(r8(2, 1) - 21) <= 0, 'matrix')
    call run%data('table', found, stat)
    call expect_status(stat, METALAB_ERR_VALUE, 'a document')
    call run%latest('u', found, step)
    call found%get(r8)
    call expect(step == 10 .and. all(abs(r8 - 10) <= 0), 'latest')
    call run%latest('none', found, stat=stat)
    call expect_status(stat, METALAB_ERR_NOT_FOUND, 'no snapshot')
    call found%close()
  end subroutine

  subroutine tables()
    type(metalab_store) :: store
    type(metalab_table) :: table
    type(metalab_run) :: run
    real(real64), allocatable :: peaks(:)
    integer(int64), allocatable :: n(:)
    logical, allocatable :: flags(:), is_there(:)
    character(len=12), allocatable :: texts(:)
    integer :: stat, k
    logical :: found
    character(len=200) :: errmsg

    call store%open(place, stat)
    call expect_status(stat, METALAB_OK, 'store')
    call expect(index(store%experiments_json(), 'reading:1') > 0, 'experiments')
    call store%runs(table, 'params.n > 0 order by params.n', 'reading:1')
    call expect(table%rows() == 3 .and. table%columns() >= 12, 'size of the table')
    call table%column('params.n', n)
    call expect(all(n == [1, 2, 3]), 'params.n')
    call table%column('metrics.peak', peaks)
    call expect(all(abs(peaks - [0.5d0, 1d0, 1.5d0]) <= 0), 'metrics.peak')
    call table%column('metrics.done', flags)
    call expect(all(flags), 'metrics.done')
    call table%column('status', texts)
    call expect(all(texts == 'success'), 'status')
    call table%column('metrics.only', n, is_there)
    call expect(is_there(2) .and. .not. any(is_there([1, 3])), 'is_there')
    call table%column('status', peaks, stat=stat)
    call expect_status(stat, METALAB_ERR_VALUE, 'texts are no numbers')
    call table%column('none', peaks, stat=stat)
    call expect_status(stat, METALAB_ERR_NOT_FOUND, 'no such column')
    found = .false.
    do k = 1, table%columns()
      if (table%column_name(k) == 'metrics.name') found = .true.
    end do
    call expect(found .and. table%column_name(0) == '', 'names of columns')
    call expect(index(table%problems_json(), '[]') == 1, 'problems')
    call store%runs(table, 'params.n > 1', limit=1)
    call expect(table%rows() == 1, 'limit')
    call store%runs(table, 'n >', stat=stat)
    call expect_status(stat, METALAB_ERR_VALUE, 'no filter')
    call store%runs(table, 'params.n > 0' // achar(0) // ' and', stat=stat, errmsg=errmsg)
    call expect_status(stat, METALAB_ERR_VALUE, 'NUL in a filter')
    call expect(index(errmsg, 'filter has a NUL inside') > 0, 'NUL in a filter in words: ' // errmsg)
    call store%run(run)
    call run%param('n' // achar(0), k, stat)
    call expect_status(stat, METALAB_ERR_VALUE, 'NUL in the name of a param')
    call run%param('n', k)
    call expect(k == 3, 'newest')
    call store%run(run, 'none', 'reading:1', stat)
    call expect_status(stat, METALAB_ERR_NOT_FOUND, 'no such run')
    call store%close()
    call store%runs(table, stat=stat)
    call expect_status(stat, METALAB_ERR_NULL, 'closed store')
    call store%open('/nowhere', stat)
    call expect_status(stat, METALAB_ERR_NOT_FOUND, 'no store')
  end subroutine

  subroutine followed()
    type(metalab_options) :: options
    type(metalab_capture) :: solver
    type(metalab_run) :: run
    type(metalab_points) :: points
    integer(int64), allocatable :: steps(:)
    real(real64), allocatable :: values(:)
    integer :: count, k, stat
    logical :: ended

    call set(options, 99)
    call solver%open(options)
    call run%open(options, stat)
    call expect_status(stat, METALAB_OK, 'a run that goes on')
    call expect(run%status() == METALAB_RUN_RUNNING .and. run%last_step() == -1, 'running')
    call run%follow('loss', points)
    do k = 1, 100
      call solver%metric('loss', real(k, real64), k)
      call points%poll(count, ended)
      call expect(count == 1 .and. .not. ended, 'poll')
    end do
    call points%get(steps, values)
    call expect(size(steps) == 100 .and. abs(values(100) - 100) <= 0, 'followed')
    call solver%close()
    ended = .false.
    do while (.not. ended)
      call points%poll(count, ended)
    end do
    call points%close()
    call points%poll(count, ended, stat)
    call expect_status(stat, METALAB_ERR_NULL, 'closed points')
  end subroutine

  ! A solver that starts again: whether the run exists, its last step, and its last snapshot.
  subroutine restart()
    type(metalab_options) :: options
    type(metalab_run) :: before
    type(metalab_loaded) :: found
    real(real64), allocatable :: u(:, :)
    integer(int64) :: last, step
    integer :: stat

    call set(options, 1)
    call before%open(options, stat)
    last = before%last_step()
    call before%latest('u', found, step)
    call found%get(u)
    call expect_status(stat, METALAB_OK, 'there is a run')
    call expect(last == 10 .and. step == 10 .and. all(abs(u - 10) <= 0), 'restart')
  end subroutine

  subroutine errors()
    type(metalab_options) :: options
    type(metalab_run) :: run
    integer :: stat
    character(len=200) :: errmsg

    call options%params_json('[1]')
    call run%open(options, stat, errmsg)
    call expect_status(stat, METALAB_ERR_JSON, 'options that are wrong')
    call expect(index(errmsg, 'params') > 0, 'options that are wrong in words')
    call expect(run%text('notes', stat) == '', 'no text')
    call expect_status(stat, METALAB_ERR_NULL, 'text of no run')
    call expect(run%last_step(stat) == -1, 'no step')
    call expect_status(stat, METALAB_ERR_NULL, 'step of no run')
  end subroutine
end program
